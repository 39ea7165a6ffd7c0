/*
** base: words everyone shares.  Memory, arenas, buffers, hashing, varints,
** bit packing, bitmaps, sorting, numbers, dates, JSON, UTF-8, regular
** expressions.  Knows no file, no index, no SQL.  System headers come in
** here and in os/ only.
**
** House rules that every room relies on:
** (1) A function that can fail returns int rc (SEINE_OK is 0).
** (2) Out-parameters come last and are set to 0 before anything can fail.
** (3) Memory that may grow with the data is counted against a Budget.
*/
#ifndef SN_BASE_H
#define SN_BASE_H

#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <assert.h>
#include <limits.h>
#include <math.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#ifdef __SANITIZE_ADDRESS__
#include <sanitizer/asan_interface.h>
#endif
#include "seine.h"

/* Shared between files: hidden in the library, static in the amalgamation. */
#ifndef SN_FUNC
#define SN_FUNC __attribute__((visibility("hidden")))
#endif

typedef uint8_t u8;
typedef uint16_t u16;
typedef uint32_t u32;
typedef uint64_t u64;
typedef int32_t i32;
typedef int64_t i64;
typedef __int128 i128;

#define SN_PAGE   4096u /* bytes of a file page */
#define SN_WINDOW 4096u /* documents of a window: everything meets here */
#define SN_WORDS  64u   /* 64-bit words of a window's bitmap */
#define SN_SLACK  64u   /* readable bytes behind every section */

#define SN_MIN(a, b)   ((a) < (b) ? (a) : (b))
#define SN_MAX(a, b)   ((a) > (b) ? (a) : (b))
#define SN_COUNT(a)    (sizeof(a) / sizeof((a)[0]))
#define SN_LIKELY(x)   __builtin_expect(!!(x), 1)
#define SN_UNLIKELY(x) __builtin_expect(!!(x), 0)

/* A loop over rows of several numbers is written once, always inline, and
** called from two functions: one that every machine runs, and a SN_WIDE one
** where SN_HAS_WIDE().  Both give the same, bit by bit: AVX2 alone has no
** instruction that leaves a rounding out. */
#if defined(__x86_64__) && defined(__GNUC__)
#define SN_WIDE __attribute__((target("avx2")))
#define SN_HAS_WIDE() SN_CPU_HAS("avx2")
#else
#define SN_WIDE
#define SN_HAS_WIDE() true
#endif
#ifdef SEINE_TEST
#define SN_CPU_HAS(what) (!snFaultPlain() & !!__builtin_cpu_supports(what))
#else
#define SN_CPU_HAS(what) __builtin_cpu_supports(what)
#endif
#define SN_INLINE static inline __attribute__((always_inline))
#define SN_LANES 4u
typedef double Reals4 __attribute__((vector_size(32), aligned(8), may_alias));
typedef i64 Ints4 __attribute__((vector_size(32), aligned(8), may_alias));
typedef u64 Words4 __attribute__((vector_size(32), aligned(8), may_alias));

/* ---- From fault.c: where an error was raised ---------------------------- */

/* Each returns its code.  In a test build they remember file and line of the
** first one, and snFaultLog() tells. */
SN_FUNC int snFaultRaise(int rc, const char *file, int line);
#define SN_CORRUPT snFaultRaise(SEINE_CORRUPT, __FILE__, __LINE__)
#define SN_NOMEM   snFaultRaise(SEINE_NOMEM, __FILE__, __LINE__)
#define SN_IOERR   snFaultRaise(SEINE_IOERR, __FILE__, __LINE__)

#ifdef SEINE_TEST
/* The n-th allocation from now fails (n > 0), and all behind it when
** persistent; n = 0 switches it off.  Tells how many were asked. */
SN_FUNC void snFaultMem(i64 n, bool persistent);
SN_FUNC i64 snFaultMemCount(void);
SN_FUNC bool snFaultMemHit(void); /* used by mem.c at each allocation */
SN_FUNC const char *snFaultLog(void);
/* Whether SEINE_PLAIN is in the environment: then the machine counts as one
** without the instructions that some have. */
SN_FUNC bool snFaultPlain(void);
#endif

/* ---- From mem.c: counted memory ----------------------------------------- */

/* Large blocks that were freed and wait to be used again: what the system gives
** anew it gives page by page.  They are counted nowhere, and there are none
** where a limit is. */
#define MEM_SPARES 64u
typedef struct MemSpare {
  void *block[MEM_SPARES];
  i64 kept, most;    /* bytes; most 0: none are kept */
  u64 age;           /* calls of snMemSpareAge() */
} MemSpare;
/* A budget counts what its owner holds.  limit 0 = none.  A budget with a
** parent counts there too.  Threads may share one; its limit is set while
** one thread alone uses it. */
typedef struct Budget {
  struct Budget *parent;
  i64 used, peak, limit;
  MemSpare *spare;   /* or NULL: the parent's */
  const i64 *most;   /* limits of the connection (limit.c), or NULL: as the
                     ** parent has them */
  const volatile int *stop; /* not 0: what is being made for the owner will be
                     ** thrown away; NULL: as the parent has it */
} Budget;

/* Like malloc, counted; NULL when out of memory or over the limit.  A NULL
** budget counts nowhere.  Blocks remember their budget; Free takes NULL. */
SN_FUNC void *snMemAlloc(Budget *b, size_t n);
SN_FUNC void *snMemZero(Budget *b, size_t n);
SN_FUNC i64 snMemUsed(const Budget *b); /* now: others may use it as well */
SN_FUNC i64 snMemPeak(const Budget *b); /* ... and the most that it was */
/* p may be NULL; b is used only then. */
SN_FUNC void *snMemRealloc(Budget *b, void *p, size_t n);
SN_FUNC void snMemFree(void *p);
SN_FUNC bool snMemIsLimited(const Budget *b);
SN_FUNC void snMemSpareClear(MemSpare *s); /* gives them to the system */
SN_FUNC void snMemSpareAge(MemSpare *s); /* ... that nobody took of late */
SN_FUNC char *snMemDup(Budget *b, const char *s, size_t n); /* + 0 byte */
/* Grows an array of elements of `size` bytes to hold at least `need`:
** *cap becomes a power of two or so.  rc. */
SN_FUNC int snMemGrow(Budget *b, void *array_ptr, u32 *cap, u64 need,
    size_t size);

/* What walks a long text looks every so many bytes of it whether it can stop.
** Its caller is told by INTERRUPT where there is an error to return; where
** there is none the answer is void, and who asked for it looks as well. */
#define SN_STRIDE 65536u
SN_FUNC const volatile int *snMemStop(const Budget *b); /* or NULL */
static inline bool snStops(const volatile int *stop) {
  return stop && __atomic_load_n(stop, __ATOMIC_RELAXED);
}

/* ---- From limit.c: how much may be asked for ---------------------------- */

/* By SEINE_LIMIT_...: its name, its value at first, in a hardened connection,
** and the greatest; 0: none. */
typedef struct LimitDef {
  const char *name, *text;
  i64 usual, hardened, greatest;
} LimitDef;
SN_FUNC const LimitDef *snLimitDef(int id); /* NULL: there is none */
SN_FUNC int snLimitFind(const char *name, size_t n); /* or -1 */
SN_FUNC void snLimitInit(i64 *most);
SN_FUNC i64 snLimitFit(int id, i64 value); /* as it may be */
/* Its value for the owner of that budget, NULL: the greatest; INT64_MAX: there
** is none. */
SN_FUNC i64 snLimit(const Budget *b, int id);
/* "the limit NAME is N (PRAGMA limit_NAME raises it, up to M)", which stays
** good until the thread asks again. */
SN_FUNC const char *snLimitSay(const Budget *b, int id);

/* ---- From arena.c: bump allocation, freed at once ----------------------- */

typedef struct ArenaChunk ArenaChunk;
typedef struct Arena {
  Budget *budget;
  ArenaChunk *chunks;
  u8 *at, *end;
  size_t used;
  size_t first;      /* bytes of the first chunk, at least */
} Arena;

SN_FUNC void snArenaInit(Arena *a, Budget *b);
SN_FUNC void snArenaClear(Arena *a); /* frees all; the arena stays usable */
/* Empties it too, but the next use finds room for as much as this one took, up
** to `most` bytes, in one chunk: for what is done again and again. */
SN_FUNC void snArenaReset(Arena *a, size_t most);
/* 16-byte aligned; NULL when out of memory. */
SN_FUNC void *snArenaAlloc(Arena *a, size_t n);
SN_FUNC void *snArenaZero(Arena *a, size_t n);
SN_FUNC char *snArenaDup(Arena *a, const char *s, size_t n); /* + 0 byte */
/* Unaligned bytes, for text. */
SN_FUNC void *snArenaBytes(Arena *a, size_t n);

/* ---- From buf.c: growable bytes with a sticky error --------------------- */

/* rc is 0 or SEINE_NOMEM; once set, every append does nothing.  data is
** followed by a 0 byte after snBufText(). */
typedef struct Buf {
  u8 *data;
  size_t n, cap;
  Budget *budget;
  int rc;
} Buf;

SN_FUNC void snBufInit(Buf *b, Budget *budget);
SN_FUNC void snBufClear(Buf *b); /* frees */
SN_FUNC void snBufAdd(Buf *b, const void *p, size_t n);
SN_FUNC void snBufStr(Buf *b, const char *s);
SN_FUNC void snBufByte(Buf *b, u8 c);
SN_FUNC void snBufZero(Buf *b, size_t n);       /* n zero bytes */
SN_FUNC void snBufAlign(Buf *b, size_t to);     /* zeros up to a multiple */
SN_FUNC u8 *snBufSpace(Buf *b, size_t n);       /* n bytes to fill, or NULL */
/* Of that space only what lies before `end` was filled. */
static inline void snBufEnd(Buf *b, const u8 *end) {
  b->n = (size_t)(end - b->data);
}
SN_FUNC void snBufU16(Buf *b, u16 v);
SN_FUNC void snBufU32(Buf *b, u32 v);
SN_FUNC void snBufU64(Buf *b, u64 v);
SN_FUNC void snBufVarint(Buf *b, u64 v);
SN_FUNC void snBufPrintf(Buf *b, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
SN_FUNC void snBufVprintf(Buf *b, const char *fmt, va_list ap);
SN_FUNC const char *snBufText(Buf *b); /* adds a 0 byte; "" after an error */
SN_FUNC char *snBufDup(Buf *b, Arena *a); /* the same in a; NULL after one */
/* 'it''s' and "a ""name""" and "json\n". */
SN_FUNC void snBufSqlText(Buf *b, const char *s, size_t n);
SN_FUNC void snBufSqlName(Buf *b, const char *s, size_t n);
SN_FUNC void snBufJson(Buf *b, const char *s, size_t n);

/* ---- From varint.c: integers in bytes ----------------------------------- */

static inline u16 snGet16(const u8 *p) { u16 v; memcpy(&v, p, 2); return v; }
static inline u32 snGet32(const u8 *p) { u32 v; memcpy(&v, p, 4); return v; }
static inline u64 snGet64(const u8 *p) { u64 v; memcpy(&v, p, 8); return v; }
static inline void snPut16(u8 *p, u16 v) { memcpy(p, &v, 2); }
static inline void snPut32(u8 *p, u32 v) { memcpy(p, &v, 4); }
static inline void snPut64(u8 *p, u64 v) { memcpy(p, &v, 8); }
static inline u64 snZig(i64 v) { return ((u64)v << 1) ^ (u64)(v >> 63); }
static inline i64 snZag(u64 v) { return (i64)(v >> 1) ^ -(i64)(v & 1); }

/* LEB128, at most 10 bytes. */
SN_FUNC u32 snVarintPut(u8 *p, u64 v);
/* The same; returns what follows. */
static inline u8 *snVarintTo(u8 *p, u64 v) {
  if (SN_LIKELY(v < 0x80)) *p++ = (u8)v;
  else p += snVarintPut(p, v);
  return p;
}
/* A reader over [p, end): a read behind the end gives 0 and sets bad. */
typedef struct Rd {
  const u8 *p, *end;
  bool bad;
} Rd;
SN_FUNC u64 snRdVarintLong(Rd *r);
SN_FUNC u32 snRdU32vLong(Rd *r);
static inline u64 snRdVarint(Rd *r) {
  if (SN_LIKELY(r->p < r->end && *r->p < 0x80)) return *r->p++;
  return snRdVarintLong(r);
}
/* A varint that must fit 32 bits. */
static inline u32 snRdU32v(Rd *r) {
  if (SN_LIKELY(r->p < r->end && *r->p < 0x80)) return *r->p++;
  return snRdU32vLong(r);
}
SN_FUNC u8 snRdByte(Rd *r);
SN_FUNC u16 snRd16(Rd *r);
SN_FUNC u32 snRd32(Rd *r);
SN_FUNC u64 snRd64(Rd *r);
SN_FUNC const u8 *snRdBytes(Rd *r, u64 n); /* NULL and bad when too few */

/* ---- From pack.c: bit packing of up to 256 values ----------------------- */

/* Eight lanes of 32 bits, vertical: value i lives in lane i % 8, row i / 8;
** each lane packs its rows low bits first into whole words, and the words of
** the lanes interleave.  n values of w bits take snPackSize(n, w) bytes.
** Unpack reads only those; it writes (n + 7) / 8 * 8 values. */
#define PACK_BLOCK 256u
static inline u32 snPackSize(u32 n, u32 w) {
  return (((n + 7) / 8 * w + 31) / 32) * 32;
}
SN_FUNC void snPack(const u32 *in, u32 n, u32 w, u8 *out);
SN_FUNC void snUnpack(const u8 *in, u32 n, u32 w, u32 *out);
SN_FUNC u32 snPackAt(const u8 *in, u32 w, u32 i); /* value i alone */
/* out[i] = base + sum of (gap + 1) up to i: increasing document numbers. */
SN_FUNC void snUnpackDocs(const u8 *in, u32 n, u32 w, u32 base, u32 *out);
SN_FUNC u32 snPackWidth(const u32 *in, u32 n); /* bits of the largest */
/* Sets out, 256 bits, to those of the values in [lo, hi]; behind n, up to a
** multiple of 8, to what stands in v there. */
SN_FUNC void snPackWithin(const u32 *v, u32 n, u32 lo, u32 hi, u64 *out);
#ifdef SEINE_TEST
SN_FUNC void snUnpackScalar(const u8 *in, u32 n, u32 w, u32 *out);
#endif

/* Patched: the low bits of all packed, the high bits of a few apart.  Append
** to b; read from r, add to each; out: n rounded up to 8. */
SN_FUNC void snPatchedPut(Buf *b, const u32 *in, u32 n);
SN_FUNC int snPatchedGet(Rd *r, u32 n, u32 add, u32 *out);
/* As snUnpackDocs; no gap has more than *width bits. */
SN_FUNC int snPatchedDocs(Rd *r, u32 n, u32 base, u32 *out, u32 *width);

/* ---- From bits.c: bitmaps of a window ----------------------------------- */

static inline bool snBit(const u64 *b, u32 i) {
  return (b[i >> 6] >> (i & 63)) & 1;
}
static inline void snBitSet(u64 *b, u32 i) { b[i >> 6] |= 1ull << (i & 63); }
static inline void snBitClear(u64 *b, u32 i) {
  b[i >> 6] &= ~(1ull << (i & 63));
}
SN_FUNC u32 snBitsCount(const u64 *b, u32 words);
SN_FUNC void snBitsFirst(u64 *b, u32 words, u32 n); /* sets bits 0..n-1 only */
/* Positions of the set bits, in order; returns how many. */
SN_FUNC u32 snBitsList(const u64 *b, u32 words, u16 *out);
SN_FUNC bool snBitsEmpty(const u64 *b, u32 words);
SN_FUNC void snBitsRange(u64 *b, u32 from, u32 to); /* sets from..to-1 */

/* ---- From hash.c: checksums and hash tables ----------------------------- */

SN_FUNC u64 snHash(const void *p, size_t n, u64 seed); /* xxh3, 64 bits */
static inline u64 snHashInt(u64 x) {
  x ^= x >> 32; x *= 0xd6e8feb86659fd93ull;
  x ^= x >> 32; x *= 0xd6e8feb86659fd93ull;
  return x ^ (x >> 32);
}
/* Strings to dense numbers 0, 1, 2 ... in order of first sight; the bytes
** are copied.  rc in the object, sticky; Add gives 0 then. */
typedef struct StrSet {
  Budget *budget;
  Arena bytes;
  u32 *slots;         /* number + 1, or 0 */
  u16 *tags;
  u32 mask, n, cap;
  struct StrRef { const char *p; u32 n; u32 hash; } *refs;
  int rc;
} StrSet;
typedef struct StrRef StrRef;
SN_FUNC void snStrSetInit(StrSet *s, Budget *b);
SN_FUNC void snStrSetClear(StrSet *s);
SN_FUNC u32 snStrSetAdd(StrSet *s, const void *p, u32 n);  /* its number */
SN_FUNC u32 snStrSetFind(const StrSet *s, const void *p, u32 n); /* or ~0 */
/* 64-bit keys to dense numbers. */
typedef struct IntSet {
  Budget *budget;
  u32 *slots;
  u64 *keys;          /* by number */
  u32 mask, n, cap;
  int rc;
} IntSet;
SN_FUNC void snIntSetInit(IntSet *s, Budget *b);
SN_FUNC void snIntSetClear(IntSet *s);
SN_FUNC u32 snIntSetAdd(IntSet *s, u64 key);
SN_FUNC u32 snIntSetFind(const IntSet *s, u64 key); /* or ~0 */
/* Numbers a key that is new, for one who finds it by other means; or makes room
** for n of them, which become keys[n++].  Find finds nothing then, until the
** next Add. */
SN_FUNC u32 snIntSetPush(IntSet *s, u64 key);
SN_FUNC int snIntSetRoom(IntSet *s, u32 n);
/* Asks the memory for what looking these up will read: nothing waits for it.
** At most 64 keys. */
SN_FUNC void snIntSetWarm(const IntSet *s, const u64 *keys, u32 n);

/* ---- From digest.c: fingerprints that others compute as well ------------ */

typedef enum DigestKind {
  DIGEST_MD5, DIGEST_SHA1, DIGEST_SHA256
} DigestKind;
#define DIGEST_MOST 32u
typedef struct Digest {
  u32 h[8];
  u64 n;             /* bytes */
  u8 kind;
} Digest;
SN_FUNC void snDigestBegin(Digest *d, DigestKind kind);
SN_FUNC void snDigestBlocks(Digest *d, const void *p, size_t n); /* 64 each */
/* The last n bytes; returns how many come out: 16, 20, 32. */
SN_FUNC u32 snDigestEnd(Digest *d, const void *p, size_t n,
    u8 out[DIGEST_MOST]);
/* crc: of what comes before, or 0. */
SN_FUNC u32 snDigestCrc32(u32 crc, const void *p, size_t n);

/* ---- From regex.c: regular expressions ---------------------------------- */

/* An automaton that is made while it is used: time linear in the text,
** whatever the pattern.  Not for two threads at once.
**
** The states of a walk live until the next snRegexMatch() of the same Regex,
** which may forget them; a walk itself never forgets one, and fails with
** SEINE_TOOBIG where it needs more than 10,000.  Errors are sticky: Step and
** Next give REGEX_DEAD and 256 then, and rc tells. */
typedef struct Regex {
  u32 *next;        /* [state * nclass + class], or REGEX_UNKNOWN */
  u8 *accepts;      /* by state */
  u32 nclass;
  u32 ngroup;       /* groups in (), with SPAN */
  int rc;
  u8 class_of[256]; /* bytes of a class are the same to the pattern */
} Regex;

enum {
  REGEX_WHOLE = 1,  /* Lucene's syntax; the whole text must match */
  REGEX_FIND = 2,   /* POSIX, Java, RE2; a match anywhere will do */
  REGEX_WILD = 4,   /* * any run, ? one character, \ escapes; whole text */
  REGEX_FOLD = 8,   /* with one of these: any case */
  REGEX_DOTALL = 16, /* with FIND: . takes a newline too */
  REGEX_SPAN = 32    /* with FIND: for snRegexScan() alone */
};
#define REGEX_DEAD    0u /* the state that never accepts */
#define REGEX_SURE    1u /* the state that accepts whatever follows */
#define REGEX_UNKNOWN UINT32_MAX
#define REGEX_MESSAGE 128u

/* A bad pattern is SEINE_ERROR, or SEINE_TOOBIG: message says why and *at is
** the offset of the byte where. */
SN_FUNC int snRegexNew(Budget *b, const char *p, size_t n, u32 flags,
    Regex **out, char message[REGEX_MESSAGE], u32 *at);
SN_FUNC void snRegexFree(Regex *r); /* takes NULL */
SN_FUNC int snRegexMatch(Regex *r, const void *text, size_t n, bool *out);
SN_FUNC u32 snRegexStart(const Regex *r);
SN_FUNC u32 snRegexMake(Regex *r, u32 state, u8 byte); /* the slow Step */
static inline u32 snRegexStep(Regex *r, u32 state, u8 byte) {
  u32 to = r->next[state * r->nclass + r->class_of[byte]];
  return SN_LIKELY(to != REGEX_UNKNOWN) ? to : snRegexMake(r, state, byte);
}
static inline bool snRegexAccepts(const Regex *r, u32 state) {
  return r->accepts[state];
}
/* The least byte above `byte` (-1: of all) that does not lead to REGEX_DEAD,
** or 256. */
static inline u32 snRegexNext(Regex *r, u32 state, i32 byte) {
  while (++byte < 256 && !r->rc) {
    if (snRegexStep(r, state, (u8)byte) != REGEX_DEAD) return (u32)byte;
  }
  return 256;
}

/* All matches of a text, from left to right: of those that begin first the
** longest; none is empty, none begins in the one before.  A pattern may be
** looked for in one text at a time.
**   snRegexScan(&s, r, text, n);
**   while (!(rc = snRegexScanNext(&s)) && s.found) ... [s.from, s.to) ...
** TOOBIG: the text takes more than 64 steps a byte.  The Regex stays good for
** other texts. */
typedef struct RegexSpan { u32 from, to; } RegexSpan;
typedef struct RegexScan {
  Regex *r;
  const u8 *text;
  u32 n, at;        /* what comes begins at `at` or behind */
  bool found;
  u32 from, to;
  u64 work;         /* steps left */
  u32 clear;        /* places of which it is known what tries have seen */
  bool stopped;
} RegexScan;
#define REGEX_GROUPS 16u
SN_FUNC int snRegexScan(RegexScan *s, Regex *r, const void *text, u32 n);
SN_FUNC int snRegexScanNext(RegexScan *s);
/* What the groups of the last match took, group 0 being all of it: each part
** of the pattern as much as it can, from the left.  from > to: the group has
** no part in it. */
SN_FUNC int snRegexScanGroups(RegexScan *s, RegexSpan group[REGEX_GROUPS]);

/* ---- From lz.c: LZ4 blocks ---------------------------------------------- */

/* Packs blocks, each on its own; tight: smaller, in about ten times the time.
** A dictionary is what blocks may repeat: at best the full size, it stays where
** it is until Free, or until Forget: then another one may come. */
typedef struct Lz {
  bool tight;
  bool plain;       /* blocks are literals, which cost nothing */
  size_t size;
  void *state;      /* of the compressor ... */
  void *primed;     /* ... and as it is when it has read the dictionary */
} Lz;
#define LZ_DICT 65536u
SN_FUNC int snLzInit(Lz *z, Budget *b, bool tight);
SN_FUNC int snLzDict(Lz *z, Budget *b, const u8 *p, u32 n);
SN_FUNC void snLzForget(Lz *z);
SN_FUNC void snLzPut(Lz *z, Buf *b, const u8 *in, u32 n); /* appends it */
SN_FUNC void snLzFree(Lz *z);
/* The dictionary is the one that it was packed with, or 0 bytes.  CORRUPT. */
SN_FUNC int snLzGet(const u8 *in, u32 n, const u8 *dict, u32 dict_n, u8 *out,
    u32 raw);

/* ---- From fsst.c: short strings, packed one by one ---------------------- */

typedef struct Fsst {
  u32 n;
  u64 sym[256];     /* bytes of a symbol, as they lie in memory */
  u8 len[256];
} Fsst;
typedef struct FsstMaker FsstMaker;
/* A table for strings like those of the sample: string i ends at end[i], the
** next one begins there.  The caller frees it. */
SN_FUNC int snFsstMake(Budget *b, const u8 *p, const u32 *end, u32 n,
    FsstMaker **out);
SN_FUNC void snFsstPutTable(const FsstMaker *k, Buf *out);
SN_FUNC void snFsstPut(const FsstMaker *k, Buf *out, const u8 *p, u32 n);
SN_FUNC int snFsstTable(Rd *r, Fsst *t); /* CORRUPT */
/* Unpacks n bytes to `to`, which has room for 8 n + 8; the end of what they
** stand for, or NULL: they are none. */
SN_FUNC u8 *snFsstGet(const Fsst *t, const u8 *p, u32 n, u8 *to);

/* ---- From sort.c --------------------------------------------------------- */

/* Stable merge sort of n u32 numbers by cmp(arg, a, b) < 0.  tmp: n words. */
SN_FUNC void snSortIndex(u32 *idx, u32 n, u32 *tmp,
    int (*cmp)(void *, u32, u32), void *arg);
/* Radix sort of (key, number) pairs by key; tmp: n pairs; stable. */
typedef struct KeyIdx { u64 key; u32 idx; } KeyIdx;
SN_FUNC void snSortKeys(KeyIdx *a, u32 n, KeyIdx *tmp);
/* The same for who may be told to stop: INTERRUPT, and any order. */
SN_FUNC int snSortIndexStop(u32 *idx, u32 n, u32 *tmp,
    int (*cmp)(void *arg, u32 a, u32 b), void *arg, const volatile int *stop);
SN_FUNC int snSortKeysStop(KeyIdx *a, u32 n, KeyIdx *tmp,
    const volatile int *stop);
/* Bytes in order: memcmp, then length. */
SN_FUNC int snStrCmp(const void *a, u32 na, const void *b, u32 nb);

/* ---- From stack.c -------------------------------------------------------- */

/* Asked before a step down a tree that people wrote: true is "no further". */
SN_FUNC bool snStackLow(void);

/* ---- From utf.c: UTF-8 -------------------------------------------------- */

/* Decodes one code point of [p, end), p < end, sets *len >= 1.  Bad bytes
** give U+FFFD with *len = 1. */
SN_FUNC u32 snUtfGet(const u8 *p, const u8 *end, u32 *len);
SN_FUNC u32 snUtfPut(u8 *p, u32 c);                  /* bytes written, <= 4 */
SN_FUNC bool snUtfValid(const void *p, size_t n);
SN_FUNC u32 snUtfCount(const void *p, size_t n);     /* code points */
SN_FUNC size_t snUtfOffset(const void *p, size_t n, u32 k); /* of point k */
/* Appends lower (upper) case of the text, by Unicode simple mappings. */
SN_FUNC void snUtfLower(Buf *b, const char *p, size_t n);
SN_FUNC void snUtfUpper(Buf *b, const char *p, size_t n);
/* Appends the text lower-cased and without diacritics (NFKD, marks off). */
SN_FUNC void snUtfFold(Buf *b, const char *p, size_t n);
/* One code point for all cases of a letter (Unicode's simple folding), and
** the general category: "Lu", "Nd", ... */
SN_FUNC u32 snUtfCase(u32 c);
SN_FUNC const char *snUtfCategory(u32 c);
/* The first code point behind c of another category, or behind all. */
SN_FUNC u32 snUtfCategoryEnd(u32 c);
/* ASCII only, any locale. */
SN_FUNC int snAsciiCmp(const char *a, size_t na, const char *b, size_t nb);
static inline bool snAsciiEq(const char *a, size_t na, const char *b,
    size_t nb) { return na == nb && !snAsciiCmp(a, na, b, nb); }
/* Levenshtein distance of two short names, for did-you-mean. */
SN_FUNC u32 snAsciiDistance(const char *a, const char *b);
/* Drops what a limit left of characters of several bytes. */
SN_FUNC void snUtf8Whole(char *text);

/* ---- From num.c: numbers and text --------------------------------------- */

/* The whole of [p, p+n) must be the number (blanks around are allowed):
** true when it is.  Int: optional sign and digits, no overflow.  Real: what
** strtod takes in the C locale, no hexadecimal, plus inf and nan. */
SN_FUNC bool snNumInt(const char *p, size_t n, i64 *out);
SN_FUNC bool snNumReal(const char *p, size_t n, double *out);
/* The shortest text that reads back as v; "1.0" keeps its point, "1e+20" its
** exponent, and inf, -inf, nan.  Returns its length; out: 32 bytes. */
SN_FUNC u32 snNumRealText(double v, char *out);
SN_FUNC u32 snNumIntText(i64 v, char *out);
/* True when v * 10^e is a whole number below 2^53 that divides back to
** exactly v; *out is that number. */
SN_FUNC bool snNumScaled(double v, u32 e, i64 *out);
SN_FUNC double snNumUnscaled(i64 v, u32 e);
SN_FUNC double snNumScale(u32 e); /* 10^e, up to 22 */
/* IPv4 and IPv6 text <-> 16 bytes in network order (v4 mapped to ::ffff). */
SN_FUNC bool snIpParse(const char *p, size_t n, u8 out[16]);
SN_FUNC u32 snIpText(const u8 ip[16], char out[48]);

/* ---- From date.c: the calendar ------------------------------------------ */

/* TIMESTAMP: microseconds since 1970-01-01 UTC.  DATE: days.  Proleptic
** Gregorian, years -9999 .. 9999.  ISO forms "2015-05-17", "2015-05-17
** 10:05:03.25", 'T', "Z", "+02:00"; "17/May/2015:10:05:03 +0000" too. */
SN_FUNC bool snDateParse(const char *p, size_t n, i64 *days);
SN_FUNC bool snTimeParse(const char *p, size_t n, i64 *us);
SN_FUNC u32 snDateText(i64 days, char out[32]);
SN_FUNC u32 snTimeText(i64 us, char out[40]); /* 2015-05-17 10:05:03[.ffffff] */
typedef enum DateUnit {
  DATE_NONE, DATE_MICROSECOND, DATE_MILLISECOND, DATE_SECOND, DATE_MINUTE,
  DATE_HOUR, DATE_DAY, DATE_WEEK, DATE_MONTH, DATE_QUARTER, DATE_YEAR,
  DATE_DECADE, DATE_CENTURY, DATE_DOW, DATE_ISODOW, DATE_DOY, DATE_EPOCH,
  DATE_ISOYEAR
} DateUnit;
SN_FUNC DateUnit snDateUnit(const char *p, size_t n); /* "hour", "hours" */
/* An interval: months are apart, since they have no fixed length. */
typedef struct Interval { i64 months, us; } Interval;
/* "1 hour", "12 hours 30 minutes", "1 month", "1h", "30d", "1 day 2h". */
SN_FUNC bool snIntervalParse(const char *p, size_t n, Interval *out);
SN_FUNC i64 snDateTrunc(DateUnit u, i64 us);
/* Start of the bucket of width w that holds us: origin and whole widths from
** there.  The default origin is 2000-01-03 (a Monday) for fixed widths and
** 2000-01-01 for months: pass SN_NO_ORIGIN. */
#define SN_NO_ORIGIN INT64_MIN
SN_FUNC i64 snDateBucket(Interval w, i64 us, i64 origin);
SN_FUNC i64 snDateAdd(i64 us, Interval w, int sign); /* clips day of month */
SN_FUNC i64 snDatePart(DateUnit u, i64 us);          /* extract / date_part */
/* strftime in UTC with %Y %m %d %H %M %S %f %j %w %s %% %y %b %B %a %A %e. */
SN_FUNC void snDateFormat(Buf *b, const char *fmt, size_t n, i64 us);

/* ---- From json.c: a pull reader ----------------------------------------- */

/* Reads one JSON text of [p, end) without recursion.  snJsonNext() gives
** the next event.  A key or string is in text/len, unescaped, valid until
** the next event; for numbers it is the source text.  raw_from .. raw_to is
** the source range of the value just read (scalars), or, after
** snJsonSkip(), of the whole container. */
typedef enum JsonEvent {
  JSON_END, JSON_ERROR, JSON_NULL, JSON_TRUE, JSON_FALSE, JSON_INT,
  JSON_REAL, JSON_STRING, JSON_KEY, JSON_OBJECT, JSON_OBJECT_END,
  JSON_ARRAY, JSON_ARRAY_END
} JsonEvent;
typedef struct Json {
  const char *start, *p, *end;
  Buf tmp;              /* holds strings that had escapes */
  const char *text;     /* of KEY, STRING, INT, REAL */
  size_t len;
  i64 i;                /* of INT */
  double d;             /* of REAL, and of INT */
  size_t raw_from, raw_to;
  u64 stack[16];        /* one bit a level: 1 = object; 1,000 levels */
  u32 depth, most;      /* levels, at most: 1,000 or the limit */
  const char *look;     /* from here on it looks whether to stop */
  const volatile int *stop;
  u8 state;
  bool check_only;      /* set by the caller: escapes are checked, text stays
                        ** as in the source, nothing is allocated */
  const char *error;    /* after JSON_ERROR: what was wrong */
} Json;
SN_FUNC void snJsonInit(Json *j, const char *p, size_t n, Budget *b);
SN_FUNC void snJsonClear(Json *j);
SN_FUNC JsonEvent snJsonNext(Json *j);
/* True, and what follows is its value, when just this name comes next, as it
** stands: no byte of it may need an escape.  Else nothing happened. */
SN_FUNC bool snJsonIsKey(Json *j, const char *key, size_t n);
/* After OBJECT or ARRAY: skips to its end; false on an error. */
SN_FUNC bool snJsonSkip(Json *j);
SN_FUNC bool snJsonValid(const char *p, size_t n, Budget *b);

#endif
