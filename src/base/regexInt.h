/*
** regexInt: what the files of regular expressions share.  Private to base.
**
** regex_node.c builds expressions over bytes and takes their derivatives,
** regex_class.c turns sets of characters into such expressions,
** regex_parse.c reads patterns, regex.c makes the automaton.
*/
#ifndef SN_BASE_REGEXINT_H
#define SN_BASE_REGEXINT_H
#include "base/base.h"

/* ---- From regex_node.c: expressions ------------------------------------- */

/* An expression is the number of a node; equal nodes have equal numbers. */
typedef enum RegexKind {
  REGEX_NONE,   /* matches nothing, not even the empty text */
  REGEX_EMPTY,
  REGEX_BEGIN,  /* the empty text at the begin of all */
  REGEX_END,    /* the empty text at the end of all */
  REGEX_SET,    /* one byte of 256: eight words of bits */
  REGEX_CAT,    /* a, then b */
  REGEX_REPEAT, /* a, from min to max times in a row */
  REGEX_ALT,    /* one of a sorted list */
  REGEX_AND,    /* all of a sorted list */
  REGEX_NOT,
  REGEX_GROUP   /* a, which is group b of the pattern */
} RegexKind;

/* Expressions that are always there. */
enum { REGEX_E_NONE, REGEX_E_EMPTY, REGEX_E_ALL, REGEX_E_BEGIN, REGEX_E_END };

#define REGEX_INF UINT32_MAX /* max of a REPEAT without one */

/* Where the empty text is asked for: bits of what an expression takes. */
enum {
  REGEX_AT_MID = 1, REGEX_AT_BEGIN = 2, REGEX_AT_END = 4, REGEX_AT_BOTH = 8
};

typedef struct RegexNodes {
  StrSet set;       /* key: kind, then the operands, u32 each */
  u8 *empty;        /* by node: where it takes the empty text */
  u32 nempty, empty_cap;
  u32 *list;        /* operands that wait for their Alt or And */
  u32 nlist, list_cap;
  u32 *tmp;         /* of a sort */
  u32 tmp_cap;
  u32 work;         /* nodes that the derivative under way has visited */
  bool begins;      /* BEGIN is in use */
  int rc;           /* sticky: NOMEM, or TOOBIG for a derivative */
} RegexNodes;

/* After an error all of these give REGEX_E_NONE. */
SN_FUNC void snRegexNodesInit(RegexNodes *t, Budget *b);
SN_FUNC void snRegexNodesClear(RegexNodes *t);
SN_FUNC u32 snRegexNodeSet(RegexNodes *t, const u32 bits[8]);
SN_FUNC u32 snRegexNodeCat(RegexNodes *t, u32 a, u32 b);
SN_FUNC u32 snRegexNodeRepeat(RegexNodes *t, u32 a, u32 min, u32 max);
SN_FUNC u32 snRegexNodeNot(RegexNodes *t, u32 a);
SN_FUNC u32 snRegexNodeGroup(RegexNodes *t, u32 a, u32 number);
/* Push operands, then join those from list[from] on. */
SN_FUNC void snRegexNodePush(RegexNodes *t, u32 e);
SN_FUNC u32 snRegexNodeAlt(RegexNodes *t, u32 from);
SN_FUNC u32 snRegexNodeAnd(RegexNodes *t, u32 from);
SN_FUNC u32 snRegexNodeSeq(RegexNodes *t, u32 from); /* one after another */
/* What may follow a byte; `at` is MID, or BEGIN before the first byte. */
SN_FUNC u32 snRegexNodeDerive(RegexNodes *t, u32 e, u8 byte, u32 at);
/* Drops the nodes from `base` on but for e and what it is made of, and gives
** the new number of e. */
SN_FUNC u32 snRegexNodesKeep(RegexNodes *t, u32 base, u32 e);
static inline const u32 *snRegexNode(const RegexNodes *t, u32 e) {
  return (const u32 *)(const void *)t->set.refs[e].p;
}
static inline u32 snRegexKids(const RegexNodes *t, u32 e) { /* ALT, AND */
  return t->set.refs[e].n / 4 - 1;
}

/* ---- From regex_class.c: sets of characters ----------------------------- */

typedef struct RegexRange { u32 lo, hi; } RegexRange;
typedef struct RegexClass {
  Budget *budget;
  RegexRange *range;
  u32 n, cap;
  int rc;           /* sticky */
} RegexClass;

SN_FUNC void snRegexClassAdd(RegexClass *c, u32 lo, u32 hi);
SN_FUNC void snRegexClassSort(RegexClass *c); /* sorted and apart */
SN_FUNC void snRegexClassInvert(RegexClass *c);
SN_FUNC void snRegexClassFold(RegexClass *c); /* adds the other cases */
/* Adds what a general category holds: "L", "Lu", ...  false: no such one. */
SN_FUNC bool snRegexClassCategory(RegexClass *c, const char *name, size_t n);
SN_FUNC u32 snRegexClassNode(RegexClass *c, RegexNodes *t);

/* ---- From regex_parse.c ------------------------------------------------- */

/* message: 128 bytes. */
SN_FUNC int snRegexParse(RegexNodes *t, const char *p, size_t n, u32 flags,
    u32 *root, u32 *ngroup, char *message, u32 *at);

#endif
