/*
** session.h: the session, as session.c keeps it and session_merge.c merges its
** tables.
*/
#ifndef SN_SESSION_H
#define SN_SESSION_H
#include "vm/vmInt.h"

#define SESSION_ROOMS 8u /* 32 KB each, kept for the next statement */
#define SESSION_LAND 12u /* small spills of a table that give way to one */
#define SESSION_SEGMENT (160u << 10) /* ... and bytes, to a segment */

typedef struct SessionMem {
  u64 table;         /* id */
  Memtable *mem;
  Ingest *in;        /* how rows come into it, or past it */
  Unique *unique;    /* of a table with keys */
  i64 first_rowid;   /* next rowid when the transaction met the table, */
  i64 mark_rowid;    /* ... when the statement began */
  u32 merged;        /* segments of the table when they were looked at */
  u32 mark;          /* rows in it when the statement began, */
  u32 mark_dead;     /* ... and deleted ones of them */
  SegmentRef early;  /* flushed by the statement with rows of before in it */
  u32 early_docs;    /* that many of its first rows are of before, */
  u32 *early_dead;   /* ... of which these were deleted */
  u32 early_ndead;
  bool has_early;
} SessionMem;

typedef struct Savepoint Savepoint;
struct Savepoint {
  Savepoint *outer;
  CatalogMark *mark; /* NULL: nothing was written before it, nor since */
  bool began;        /* the transaction: its release commits */
  bool broken;       /* so was the session then */
  char name[];
};

typedef struct SessionThread SessionThread;
struct Session {
  Budget budget;
  MemSpare blocks;
  Store *store;
  SegmentCache *cache;
  SegmentCache **beside; /* of threads, by number less 1 */
  Delta delta;       /* segments of rows that ride */
  u32 nbeside;
  Catalog *cat;      /* what readers see */
  Catalog *rest;     /* what they saw last, for the next one to follow from */
  CatalogEdit *edit;
  CatalogMark *mark;
  Savepoint *save;   /* the newest */
  SessionMem *mem;
  u32 nmem, mem_cap;
  bool in_txn, txn_write, in_write, read_fixed, broken;
  int readers;
  u64 epoch;         /* rollbacks that took segments away */
  Settings set;
  Cutting cutting;
  Percolator *percolator; /* or NULL: none was asked for yet */
  QueryCut cut, cut_stored;
  void *room[SESSION_ROOMS];
  Matcher *match_room;
  Run *run;          /* over, for the next one; or NULL */
  SlowLog *slow;     /* or NULL */
  Recall *recall;    /* or NULL */
  u32 nroom;
  i64 counters[3], undo[3]; /* now, and before the statement */
  int (*cancelled)(void *);
  void *cancel_arg;
  const FileDoor *files; /* NULL: SQL reads none */
  Guard guard;
  i64 most[SEINE_LIMITS]; /* but those of memory and time */
  bool hardened;
  bool committed;    /* the file may have a free tail to cut at the end */
  bool spare;        /* merges beside others freed pages */
  u32 lost;          /* merges beside others in a row that came to nothing */
  SessionThread *thread; /* that does these for it; or NULL */
};

/* ---- From session.c ----------------------------------------------------- */

SN_FUNC void snSessionSay(char *message, const char *text); /* or NULL */
/* Why a commit failed. */
SN_FUNC void snSessionCommitSay(const Session *s, int rc, char *message);
/* Takes the lock of the writer and sees the newest state. */
SN_FUNC int snSessionStart(Session *s, char *message);
/* Forgets the transaction, which the store knows to be over. */
SN_FUNC void snSessionEnd(Session *s);
/* Replaces segments [from, to) of a table by add (docs 0: by nothing). */
SN_FUNC int snSessionSplice(Session *s, TableState *t, u32 from, u32 to,
    const SegmentRef *add);
/* A segment that was written becomes the newest of its table. */
SN_FUNC int snSessionAdd(Session *s, u64 table, const SegmentRef *ref);
/* Marks documents of a segment that nobody has seen yet: those listed, and
** those from number `from` on. */
SN_FUNC int snSessionMarkNew(Session *s, SegmentRef *ref, const u32 *dead,
    u32 ndead, u32 from);
/* What waits of a table, and what rides of it, becomes segments. */
SN_FUNC int snSessionFlushTable(Session *s, TableState *t);

/* ---- From session_merge.c ----------------------------------------------- */

/* Of a transaction, before it commits: merges what is small.  owed: the tables
** of which more is to be merged, as many as there are memtables at most; NULL:
** merges that, too. */
SN_FUNC int snSessionMergeAll(Session *s, u64 *owed, u32 *n);
/* After a commit: what it left of a table to be merged, or landed. */
SN_FUNC void snSessionMergeBeside(Session *s, u64 table);

/* ---- From session_thread.c ---------------------------------------------- */

/* The same, by the thread of the connection, if it can have one. */
SN_FUNC void snSessionOwe(Session *s, u64 table);
/* Whether that thread has freed pages that are worth a vacuum. */
SN_FUNC bool snSessionThreadSpare(const Session *s);

#endif
