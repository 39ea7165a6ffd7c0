/*
** store: one file, many versions.  Give me the bytes of extent x as of my
** snapshot; publish these new ones.
**
** The file is pages of 4,096 bytes.  Page 0: static header.  Pages 1 to 4:
** slots (claims and confirmations).  The rest: extents, written once.
** A state of the database is a root extent; a commit writes new extents into
** free pages and then a claim that names the new root.  doc/fileformat.md
** has the bytes, doc/architecture.md the argument why a crash is harmless.
**
** Threads: a Store belongs to one thread at a time.  Stores of one process on
** one file share the writer's lock and their syncs (group.c).
*/
#ifndef SN_STORE_H
#define SN_STORE_H
#include "os/os.h"

typedef struct Store Store;       /* a file opened by one connection */
typedef struct Snapshot Snapshot; /* a pinned state, counted */

/* ---- From extent.c: references and reading ------------------------------ */

/* Where an extent lies.  len is the payload; behind it, in the same run of
** pages, stand the 64-bit checksums of its 64 KiB chunks, each seeded with
** (uuid, page of the extent, seed); sum is the checksum of these checksums.
** page 0 = no extent. */
typedef struct ExtentRef {
  u64 page;
  u64 len;
  u64 seed;
  u64 sum;
} ExtentRef;
#define EXTENT_REF_BYTES 32u
SN_FUNC void snExtentRefPut(u8 *p, const ExtentRef *r); /* 32 bytes */
SN_FUNC void snExtentRefGet(const u8 *p, ExtentRef *r);
SN_FUNC u64 snExtentPages(u64 len); /* pages of a payload of len bytes */
SN_FUNC bool snExtentSame(const ExtentRef *a, const ExtentRef *b);

/* An open extent: mapped, or read into memory when it is small or maps are
** off.  Counted.  Chunks are verified when they are first touched. */
typedef struct Extent Extent;
SN_FUNC int snExtentOpen(Store *s, const ExtentRef *ref, Extent **out);
/* Bytes that are in no file read as one; they are taken over. */
SN_FUNC int snExtentMemory(Store *s, Buf *bytes, Extent **out);
SN_FUNC void snExtentDrop(Extent *e);
SN_FUNC u64 snExtentLen(const Extent *e);
/* The bytes [at, at+n), verified, valid while e is open, followed by at
** least SN_SLACK readable bytes.  CORRUPT when outside or damaged. */
SN_FUNC int snExtentGet(Extent *e, u64 at, u64 n, const u8 **out);
SN_FUNC int snExtentVerify(Extent *e); /* all of it */
/* Bytes were handed out that do not have their checksum: see lost.c. */
SN_FUNC bool snExtentDoubtful(const Extent *e);

/* ---- From store.c: life ------------------------------------------------- */

typedef struct StoreConfig {
  Vfs *vfs;
  const char *path;      /* NULL: a nameless file of the memory vfs */
  bool read_only, create, no_map;
  bool sync_off;         /* PRAGMA synchronous = off: no syncs at all */
  bool recover;          /* with read_only: saves what can be read */
  Budget *budget;
  /* Called while another writer holds the lock: 0 gives up (BUSY).  *us, 0
  ** before, is how long to wait before it is called again; what becomes free
  ** meanwhile is taken at once. */
  int (*busy)(void *arg, int count, u32 *us);
  void *busy_arg;
  const Store *mate; /* or NULL: it waits for this one whatever its busy
                     ** handler says, and outlives it */
  /* A message for the person: what was wrong with which file. */
  void (*message)(void *arg, const char *text);
  void *message_arg;
} StoreConfig;

/* Opens; an empty or absent file becomes a database at its first commit.
** Writes nothing.  NOTADB, CANTOPEN, CORRUPT. */
SN_FUNC int snStoreOpen(const StoreConfig *c, Store **out);
SN_FUNC void snStoreClose(Store *s); /* no snapshot may be left */
/* Opens another file, to be a copy of the state n: on the same vfs (that of
** files, when s is in memory), with the settings of s, and with a uuid that
** follows from that of s and from n.  Absent and empty files only; *there: it
** is neither, and is left alone (CANTOPEN). */
SN_FUNC int snStoreCopyOpen(Store *s, const Snapshot *n, const char *path,
    bool *there, Store **out);
/* Closes and, when keep is not set, removes it. */
SN_FUNC void snStoreCopyClose(Store *copy, bool keep);
/* What another thread of the connection opens the same file with, beside s: to
** be the mate of s; the caller adds a busy handler.  False: it would not share
** the lock of the writer with s, as with a file in memory, or before s has
** written. */
SN_FUNC bool snStoreMate(const Store *s, StoreConfig *out);
SN_FUNC bool snStoreSame(const Store *a, const Store *b); /* is it one file? */
SN_FUNC void snStoreSetSyncOff(Store *s, bool off);
SN_FUNC Budget *snStoreBudget(const Store *s);

/* ---- From lost.c: a damaged file ---------------------------------------- */

/* Whether the store passes over what is damaged, and says so here. */
SN_FUNC bool snLostAllowed(const Store *s);
SN_FUNC void snLostSay(Store *s, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
/* rc; but OK in the place of CORRUPT, with a text of what is lost by that,
** when it is passed over. */
SN_FUNC int snLostPass(Store *s, int rc, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
/* The k-th text, NULL behind the last. */
SN_FUNC const char *snLostText(const Store *s, u32 k);

/* ---- From snapshot.c: readers ------------------------------------------- */

/* Pins the newest committed state.  A snapshot of a database without any
** commit has txid 0 and root.page 0.  Cheap when the state did not move. */
SN_FUNC int snSnapshotOpen(Store *s, Snapshot **out);
SN_FUNC Snapshot *snSnapshotKeep(Snapshot *n);
SN_FUNC void snSnapshotDrop(Snapshot *n);
SN_FUNC u64 snSnapshotTxid(const Snapshot *n);
/* Whether they are one state: a txid alone may be given again when what it
** was given to came to nothing. */
SN_FUNC bool snSnapshotSame(const Snapshot *a, const Snapshot *b);
/* The catalog root that the committer published: len bytes. */
SN_FUNC const u8 *snSnapshotRoot(const Snapshot *n, u32 *len);
/* What tells it from other roots: two states that differ in their deltas only
** have the same one. */
SN_FUNC const ExtentRef *snSnapshotRef(const Snapshot *n);
/* What the committer let ride in the claim, beside the root: len bytes. */
SN_FUNC const u8 *snSnapshotDelta(const Snapshot *n, u32 *len);

/* ---- From writer.c: one writer ------------------------------------------ */

/* Takes the writer lock (busy handler) and sees the newest state: its
** snapshot is *base, which the store keeps until the end of the transaction
** (Keep it to have it longer).  Writes nothing: the first extent, stream or
** commit settles a doubtful state (steps S1 to S4 of the protocol). */
SN_FUNC int snWriterBegin(Store *s, Snapshot **base);
/* Writes a new extent; *ref names it.  seed: the id of what it holds. */
SN_FUNC int snWriterPut(Store *s, const void *p, u64 len, u64 seed,
    ExtentRef *ref);
/* The same for what a delta is to name: a transaction that puts nothing else
** may still ride. */
SN_FUNC int snWriterSpill(Store *s, const void *p, u64 len, u64 seed,
    ExtentRef *ref);
/* The same in pieces, for what is larger than memory.  estimate: an upper
** bound of the length when one is known, else 0 (written at the end of the
** file).  Write-back starts every MiB.  One stream at a time; PutS during a
** stream are allowed, a commit is not.  After a rollback End and Abort only
** free. */
typedef struct Stream Stream;
SN_FUNC int snStreamBegin(Store *s, u64 seed, u64 estimate, Stream **out);
SN_FUNC int snStreamAdd(Stream *t, const void *p, u64 n);
SN_FUNC int snStreamEnd(Stream *t, ExtentRef *ref); /* frees t */
SN_FUNC void snStreamAbort(Stream *t);              /* frees t; NULL is fine */
/* Frees an extent of the base state, or one written in this transaction,
** whose pages are then free at once. */
SN_FUNC int snWriterFree(Store *s, const ExtentRef *ref);
/* Before the first extent is asked for, the owner of the catalog must name
** all extents that the base state reaches: Begin calls this. */
typedef int (*StoreWalk)(void *arg, Snapshot *base,
    int (*seen)(void *seen_arg, const ExtentRef *ref), void *seen_arg);
SN_FUNC void snWriterSetWalk(Store *s, StoreWalk walk, void *arg);
/* Step S4: whether the base state is in doubt and ref is an extent that this
** transaction must put anew and free, else its commit is refused (MISUSE).
** A NULL ref asks whether there is any such extent. */
SN_FUNC bool snWriterDoubtful(const Store *s, const ExtentRef *ref);
/* Publishes: the catalog root (len bytes), everything written, and a delta of n
** bytes (STORE_DELTA at most), which rides in the claim: what the owner of the
** catalog has to say beside the root.  No root, but a delta: the root of the
** base stays, and nothing is written but the claim and what was spilled; as
** snWriterRides().  After an error other than BUSY the outcome may be unknown;
** the handle is poisoned then (every further write fails, the message says
** so).  Roll back after any error.  Returns when the state is durable;
** meanwhile others build on it. */
SN_FUNC int snWriterCommit(Store *s, const void *root, u32 len,
    const u8 *delta, u32 n);
#define STORE_DELTA 3800u
/* Whether this transaction can end with the root that it began with: nothing
** was put or freed but by Spill, and the base is not in doubt. */
SN_FUNC bool snWriterRides(const Store *s);
SN_FUNC void snWriterRollback(Store *s);
/* Whether this handle writes no more, since a sync failed; and whether the
** last commit failed after its claim may have reached the file: then nobody
** knows if it is kept. */
SN_FUNC bool snWriterPoisoned(const Store *s);
SN_FUNC bool snWriterUnknown(const Store *s);
/* Cuts a free tail when nobody else has the file open; and whether the last
** Shrink left one because somebody has. */
SN_FUNC int snWriterShrink(Store *s);
SN_FUNC bool snWriterTailKept(const Store *s);
#ifdef SEINE_TEST
SN_FUNC bool snWriterActive(const Store *s);
SN_FUNC u64 snStreamLen(const Stream *t);
#endif

/* ---- From reserve.c: a large extent that is written beside others ------- */

/* Pages that the commit of this transaction sets aside, for an extent of at
** most len bytes; once a transaction.  Nobody takes them as long as the caller
** keeps a snapshot of an older state. */
typedef struct Reserve {
  u64 page, pages;
} Reserve;
SN_FUNC int snReserve(Store *s, u64 len, Reserve *out);
/* Fills them, in no transaction, once that commit is done; the end of the
** stream syncs.  TOOBIG: they are too few. */
SN_FUNC int snReserveStream(Store *s, const Reserve *r, u64 seed,
    Stream **out);
/* What the stream wrote becomes an extent of this transaction, as if it were
** put by it.  MISUSE: nothing is set aside there. */
SN_FUNC int snReserveTake(Store *s, const ExtentRef *ref);
/* A turn, of which there is one for the file: BUSY when another has it, and
** the busy handler, if it is to be asked, gives up. */
SN_FUNC int snReserveTurn(Store *s, bool waits);
SN_FUNC void snReserveOver(Store *s);

/* ---- From move.c: extents that change their place ----------------------- */

/* The pages of the file as a transaction sees them. */
typedef struct MoveSpace {
  u64 end;       /* of the file */
  u64 used_end;  /* behind the last one in use */
  u64 free;      /* in front of used_end */
  u64 buried;    /* in the graveyard */
  u64 hole, hole_pages; /* the largest free run in front of used_end */
  u64 promised;  /* pages that a slot says the file has */
  bool settled;  /* the newest state is known durable, with a confirmation */
  bool pinned;   /* somebody reads a state older than the newest */
  bool shared;   /* somebody else has the file open: it cannot be cut */
} MoveSpace;
SN_FUNC int snMoveSpace(Store *s, MoveSpace *out);
/* Copies an extent of the base state to the first free run in front of it,
** or, at_end, behind all that is in use: it is one of this transaction then,
** and the caller frees the old one.  to->page 0: no room in front of it. */
SN_FUNC int snMoveExtent(Store *s, const ExtentRef *from, bool at_end,
    int (*stop)(void *arg), void *arg, ExtentRef *to);
/* Copies an extent into the transaction of another store. */
SN_FUNC int snMoveAcross(Store *from, const ExtentRef *ref, Store *into,
    int (*stop)(void *arg), void *arg, ExtentRef *to);

/* ---- From store_check.c ------------------------------------------------- */

typedef struct StoreInfo {
  u64 txid, pages, free_pages, graveyard_pages, file_bytes;
  bool confirmed;
  bool shared; /* somebody else has the file open: it cannot be cut */
} StoreInfo;
SN_FUNC int snStoreInfo(Store *s, StoreInfo *out);
/* Header, slots, and that no two extents of the newest state overlap or lie
** outside the file; each finding goes to say(). */
SN_FUNC int snStoreCheck(Store *s, Snapshot *n,
    void (*say)(void *arg, const char *text), void *arg);

#endif
