/*
** Shared by the files of the room store only.
*/
#ifndef SN_STORE_INT_H
#define SN_STORE_INT_H
#include "store/store.h"

/* ---- sizes and lock bytes ----------------------------------------------- */

#define STORE_SLOTS      4u /* slot pages 1 .. 4 */
#define STORE_FIRST      5u /* first page of extents */
#define STORE_SLOT_BYTES ((size_t)STORE_SLOTS * SN_PAGE)
#define STORE_CHUNK      65536u         /* bytes under one checksum */
#define STORE_SMALL      (256u * 1024u) /* more: two phases */
#define STORE_MAX_PAGES  ((u64)1 << 44)        /* 64 PiB */
#define STORE_MAX_TXID   ((u64)1 << 47)
#define STORE_LOCK_BASE  ((u64)1 << 61)
#define STORE_LOCK_WRITER STORE_LOCK_BASE
#define STORE_LOCK_OPEN  (STORE_LOCK_BASE + 1)
#define STORE_LOCK_WAIT  (STORE_LOCK_BASE + 2) /* shared: wants WRITER */
#define STORE_LOCK_MERGE (STORE_LOCK_BASE + 3) /* a turn of reserve.c */
#define STORE_LOCK_COMMIT (STORE_LOCK_BASE + ((u64)1 << 47)) /* + txid */
#define STORE_LOCK_PIN   (STORE_LOCK_BASE + ((u64)1 << 48))  /* + txid */

/* ---- From store.c: faults of the protocol, for tests -------------------- */

/* Each breaks one rule of the protocol; the tests must notice.  In a library
** that is shipped no fault exists. */
#ifdef SEINE_TEST
typedef enum StoreFault {
  FAULT_NONE,
  FAULT_NO_SYNC,       /* W5: a commit is not synced */
  FAULT_NO_PRE_SYNC,   /* W3: PRE is promised and nothing was synced */
  FAULT_CONFIRM_FIRST, /* W6 before W5: a claim is its own confirmation */
  FAULT_RETRY_SYNC,    /* S5: a failed sync is asked again */
  FAULT_SAME_SLOT,     /* W4: the claim goes over that of T */
  FAULT_UNLISTED,      /* a claim is believed without its extents */
  FAULT_SLOT_SUM,      /* a slot is believed without its checksum */
  FAULT_REUSE_NOW,     /* W1: what a commit frees is free at once */
  FAULT_PINS,          /* W1: pins are not asked for */
  FAULT_READ_AHEAD,    /* readers do not ask for the COMMIT byte */
  FAULT_DOUBT,         /* S3, S4: a state in doubt is taken for durable */
  FAULT_DOUBT_SYNC,    /* S3, S4: a sync alone is to make it so */
  FAULT_NO_COPY,       /* S4: the extents in doubt are not copied */
  FAULT_CLAIM_IN_PLACE, /* S3: the claim in doubt is written over itself */
  FAULT_NO_ERASE,      /* S1: false claims stay */
  FAULT_ERASE_ZEROS,   /* S1: they are erased with zeros */
  FAULT_ERASE_LATER,   /* S1: that is not synced */
  FAULT_ACK_EARLY, /* acknowledged before the sync that covers it */
  FAULT_CREATE,        /* a new file grows before its header is synced */
  STORE_FAULTS
} StoreFault;
SN_FUNC void snStoreFaultSet(StoreFault f);
SN_FUNC bool snStoreFault(StoreFault f);
#define STORE_FAULT(f) snStoreFault(f)
#else
#define STORE_FAULT(f) false
#endif

/* ---- From slot.c: claims and confirmations ------------------------------ */

#define SLOT_CONF 1u /* written after the sync of its commit succeeded */
#define SLOT_PRE  2u /* all it names was synced before it was written */
#define SLOT_DELTA 4u /* rows ride in it */
#define SLOT_LIST 125u

typedef enum SlotState {
  SLOT_VIRGIN, /* zeros: never written */
  SLOT_BAD,    /* torn, or erased */
  SLOT_VALID
} SlotState;

typedef struct SlotRec {
  SlotState state;
  u64 txid;
  u32 flags, gen;
  ExtentRef root; /* page 0: the empty database */
  u64 pages;      /* the file had at least so many */
  u64 base;       /* newest state known durable when this was written */
  u32 base_slot;  /* index of the slot with its durable claim */
  u32 nlist;
  u32 ndelta;     /* bytes of the delta, */
  u64 delta_sum;  /* ... and what tells it from others */
  u64 sum;        /* checksum of the page: tells records apart */
} SlotRec;

typedef struct SlotSet {
  u8 *image; /* the four pages as they were read */
  SlotRec rec[STORE_SLOTS];
} SlotSet;

/* What an opener makes of the slots. */
typedef struct SlotPick {
  bool fresh; /* no database yet */
  u32 at;     /* the record that won */
  u64 txid;
  ExtentRef root;
  u64 pages;
  bool confirmed, pre;
  bool settled; /* newest record there is: no lock had to be asked */
  const u8 *delta; /* in the slots, or the group: as long as these stand */
  u32 ndelta;
  u64 delta_sum;
} SlotPick;

SN_FUNC int snSlotInit(Store *s, SlotSet *set);
SN_FUNC void snSlotClear(SlotSet *set);
SN_FUNC int snSlotRead(Store *s, SlotSet *set);
/* Whether the slots still hold what `set` holds.  Cheap. */
SN_FUNC int snSlotSame(Store *s, const SlotSet *set, bool *same);
SN_FUNC void snSlotCopy(SlotSet *to, const SlotSet *from);
/* Nothing is known of the slots: they have to be read. */
SN_FUNC void snSlotForget(SlotSet *set);
/* as_writer: holds the writer lock, so no commit can be under way. */
SN_FUNC int snSlotPick(Store *s, const SlotSet *set, bool as_writer,
    SlotPick *out);
/* The best record of the highest txid below `below`, believed as it is. */
SN_FUNC bool snSlotBefore(const SlotSet *set, u64 below, SlotPick *out);
SN_FUNC void snSlotList(const SlotSet *set, u32 at, u32 i, ExtentRef *out);
/* Room for a delta beside so many entries of the list. */
SN_FUNC u32 snSlotRoom(u32 nlist);
SN_FUNC const u8 *snSlotDelta(const SlotSet *set, u32 at); /* NULL: none */
/* Writes a record into slot `at` and into the image; not synced.  list and
** delta: as many as rec says. */
SN_FUNC int snSlotWrite(Store *s, SlotSet *set, u32 at, const SlotRec *rec,
    const ExtentRef *list, const u8 *delta);
SN_FUNC int snSlotErase(Store *s, SlotSet *set, u32 at);
/* Builds the page of a record at p. */
SN_FUNC void snSlotBuild(const Store *s, u8 *p, const SlotRec *rec,
    const ExtentRef *list, const u8 *delta);

/* ---- From lost.c --------------------------------------------------------- */

SN_FUNC void snLostClear(Store *s);
/* Reads page by page, with zeros for those that the disk does not give. */
SN_FUNC int snLostRead(Store *s, u64 at, u8 *p, size_t n);

/* ---- From header.c ------------------------------------------------------ */

/* Reads page 0, sets uuid, fresh and read_only.  NOTADB, CORRUPT. */
SN_FUNC int snHeaderRead(Store *s);
/* Makes an empty file a database without commits: one write, one sync. */
SN_FUNC int snHeaderCreate(Store *s);

/* ---- From space.c: free pages ------------------------------------------- */

typedef struct SpaceRun {
  u64 page, n;
} SpaceRun;

typedef struct SpaceGrave {
  u64 page, n, freed; /* freed by commit `freed` */
} SpaceGrave;

typedef struct SpaceMap {
  bool valid;
  u64 txid, sum; /* of the state it belongs to: sum of its root */
  u64 end;       /* pages of the file that are either free or used */
  SpaceRun *free; /* by page, never touching each other */
  u32 nfree, free_cap;
  SpaceGrave *grave; /* by page */
  u32 ngrave, grave_cap;
} SpaceMap;

SN_FUNC void snSpaceClear(SpaceMap *m);
static inline bool snSpaceIs(const SpaceMap *m, const SlotPick *pick) {
  return m->valid && m->txid == pick->txid && m->sum == pick->root.sum;
}
/* Names all pages in use as of n; the graveyard comes from its root. */
SN_FUNC int snSpaceBuild(Store *s, Snapshot *n, SpaceMap *m);
SN_FUNC int snSpaceGive(Store *s, SpaceMap *m, u64 page, u64 n);
/* The same for what was the last to be taken: that needs no memory. */
SN_FUNC void snSpaceBack(Store *s, SpaceMap *m, u64 page, u64 n);
/* A run of n free pages; grows the file when there is none. */
SN_FUNC int snSpaceTake(Store *s, SpaceMap *m, u64 n, u64 *page);
/* The first run of n free pages that begins in front of page `below`. */
SN_FUNC bool snSpaceTakeBelow(SpaceMap *m, u64 n, u64 below, u64 *page);
/* Takes the n pages at `page` if they are free or follow the end. */
SN_FUNC int snSpaceTakeAt(Store *s, SpaceMap *m, u64 page, u64 n, bool *got);
/* The file may have grown since. */
SN_FUNC int snSpaceEnd(Store *s, SpaceMap *m);
/* Rule W1: moves to the free pages what the state `durable` and the pins
** allow in commit txid. */
SN_FUNC int snSpaceMature(Store *s, SpaceMap *m, u64 durable, u64 txid,
    u64 pin);
/* Sorts and joins a graveyard; CORRUPT when two entries overlap. */
SN_FUNC int snSpaceSortGrave(Store *s, SpaceGrave *g, u32 *n, u64 pin);
SN_FUNC u64 snSpaceUsedEnd(const SpaceMap *m); /* page behind the last used */

/* ---- From snapshot.c ---------------------------------------------------- */

struct Snapshot {
  Store *store;
  Snapshot *next;
  u32 refs;
  bool pinned;
  u64 txid;
  ExtentRef ref;
  u8 *bytes; /* payload of the root extent, or NULL */
  const u8 *catalog;
  u32 catalog_len;
  u32 ngrave;
  u8 *delta; /* or NULL */
  u32 ndelta;
  u64 delta_sum;
};

#define SNAPSHOT_HEAD  24u
#define SNAPSHOT_GRAVE 24u
/* The snapshot of a state that somebody has picked; pins it. */
SN_FUNC int snSnapshotAt(Store *s, const SlotPick *pick, Snapshot **out);
/* The state the writer has just committed, its root already in memory
** (taken over in any case): what the next reader will ask for. */
SN_FUNC void snSnapshotAdopt(Store *s, const SlotPick *pick, u8 *bytes);
SN_FUNC void snSnapshotForget(Store *s);
SN_FUNC void snSnapshotGrave(const Snapshot *n, u32 i, SpaceGrave *out);
/* The oldest txid that anybody has pinned, or UINT64_MAX. */
SN_FUNC int snSnapshotOldest(Store *s, u64 *out);

/* ---- From extent.c ------------------------------------------------------ */

SN_FUNC u64 snExtentSeed(const Store *s, u64 page, u64 seed);
/* Reads and checks a whole extent into memory of its own (len + slack). */
SN_FUNC int snExtentLoad(Store *s, const ExtentRef *r, u8 **out);
/* Whether all its bytes are there; rc only when reading itself failed. */
SN_FUNC int snExtentProbe(Store *s, const ExtentRef *r, bool *good);
SN_FUNC int snExtentWrite(Store *s, const void *p, ExtentRef *r);
/* Reads and checks a whole extent by pieces of 1 MiB, in bounded memory. */
SN_FUNC int snExtentScan(Store *s, const ExtentRef *r,
    int (*take)(void *arg, const u8 *p, u64 n), void *arg);
/* Whether a reference can lie inside this file. */
SN_FUNC int snExtentInside(Store *s, const ExtentRef *r, bool *inside);
/* Table of checksums and padding up to the page, behind `n` bytes at p that
** end the payload. */
SN_FUNC void snExtentTail(Buf *b, const u64 *sums, u64 nsums, u64 len);

/* ---- From writer.c ------------------------------------------------------ */

typedef struct Writer {
  bool active;
  bool first;      /* S1 to S3 are done */
  bool ready;
  bool matured;    /* it has asked which buried pages are free by now, */
  bool ripe;       /* ... and some are: the new root has to say so */
  bool known;      /* pick, claimed, durable are those of the group */
  Snapshot *base;
  SlotPick pick;   /* T: what this transaction builds on */
  u64 claimed;     /* newest txid that has a claim: T, or below it */
  u64 durable;     /* D: newest state known durable */
  u64 laid;        /* the last transaction that went into a batch */
  ExtentRef *puts; /* extents of this transaction, by page */
  u32 nputs, put_cap;
  u32 nspilled; /* of them, by Spill */
  SpaceGrave *freed;
  u32 nfreed, freed_cap;
  SpaceRun aside; /* pages it sets aside (reserve.c), or n 0 */
  u64 bytes; /* written by this transaction */
  u64 pin;   /* oldest one when the transaction became ready */
  bool bulk_used;
  Stream *stream;
  ExtentRef *doubt; /* list of a doubtful small claim (S4) */
  u32 ndoubt, doubt_left;
  StoreWalk walk;
  void *walk_arg;
} Writer;

SN_FUNC int snWriterReady(Store *s); /* S1 to S4, and the free pages */
SN_FUNC int snWriterAdopt(Store *s, const ExtentRef *r); /* a new extent */
SN_FUNC int snWriterSync(Store *s, const char *what);
/* Syncs one of its descriptors, for what stands outside of a commit. */
SN_FUNC int snWriterSyncFile(Store *s, File *f);
SN_FUNC u64 snWriterPromised(const Store *s); /* pages, by any slot */

/* ---- From group.c: writers of one process take turns and share syncs ---- */

/* Transactions that wait for one claim. */
typedef struct GroupBatch {
  u64 txid;        /* of the last one; 0: there is none */
  ExtentRef root;  /* its root */
  u64 pages;
  ExtentRef *puts; /* extents that it reaches and no claim before it */
  u32 nputs, cap;
  u64 bytes;
  bool synced;     /* not all of them have syncs off */
  u32 ndelta;
  u64 delta_sum;
  u8 delta[STORE_DELTA]; /* of the last one */
  u32 claim, confirmation; /* slots, when they are written */
  Store *waiting;          /* those whose transactions it has */
} GroupBatch;

typedef struct Group Group;
struct Group {
  Group *next;
  Vfs *vfs;
  u64 ident, process;
  u32 refs;
  Monitor *gate;
  File *file;      /* holds WRITER, COMMIT, WAIT; NULL: the store's own does */
  bool locked, announced; /* WRITER, WAIT */
  bool taken;      /* somebody builds a transaction, */
  const Store *mate; /* ... whose mate is this one, or NULL */
  bool syncing;    /* somebody publishes a batch */
  bool known;      /* newest, claimed, durable are as the file has them */
  int failed;      /* why, or 0 */
  bool unknown;    /* the claim of the batch that failed may be out */
  bool yields;     /* to another process, as soon as nothing is under way */
  u32 waiting;     /* stores that want to build */
  u32 keepers;     /* poisoned stores: while there are any COMMIT is held */
  u64 since;       /* us: when WRITER was taken, or last thought of */
  u64 yielded;     /* us: when it was given up for others, or 0 */
  u64 sync_us;     /* what the last batch took */
  SlotPick newest; /* what the next builder builds on, */
  u8 delta[STORE_DELTA]; /* ... and its delta */
  SpaceMap space;
  u64 done;        /* up to here all is durable */
  u64 commit_lock; /* txid whose COMMIT byte is held, or 0 */
  GroupBatch batch;
  Store *published; /* who waits for the batch that is published */
  SlotSet slots;
  SlotPick claimed; /* newest state that has a claim */
  u64 durable;     /* D, */
  u32 base_slot;   /* ... and the slot with its durable claim */
};

/* Takes WRITER, or its turn at it, with the busy handler; tells s->w what is
** known and hands s->space over. */
SN_FUNC int snGroupEnter(Store *s);
SN_FUNC void snGroupLeave(Store *s);
/* Hands over a transaction whose extents and root are written, and returns
** when it is durable; *root, when it is the newest state then, is taken.
** grave NULL: it has the root that its base has.
** After an error with s->w.active still set nothing was handed over. */
SN_FUNC int snGroupCommit(Store *s, const SlotRec *rec, const u8 *delta,
    SpaceGrave **grave, u32 ngrave, u8 **root);
/* A sync of the builder has failed: it may have been told of others' pages. */
SN_FUNC void snGroupBreak(Store *s, int rc);
SN_FUNC void snGroupSettle(Store *s);
SN_FUNC void snGroupDrop(Store *s); /* when the store closes */
/* W3 to W6 of a batch; from writer.c. */
SN_FUNC int snWriterPublish(Store *s, GroupBatch *b, u8 **root,
    bool *unknown);

/* ---- From stream.c ------------------------------------------------------ */

/* The transaction ends under an open stream: its pages go back, and all the
** owner can still do is end or abort it. */
SN_FUNC void snStreamDetach(Store *s);
/* As snStreamBegin(), into pages that the caller has taken, enough of them;
** they are the stream's from here on, also when this fails. */
SN_FUNC int snStreamInto(Store *s, u64 seed, u64 page, u64 pages,
    Stream **out);
/* The same without a transaction, into pages that were set aside: they stay
** what they are, whatever becomes of the stream.  TOOBIG when they are too
** few.  Its end syncs. */
SN_FUNC int snStreamAside(Store *s, u64 seed, u64 page, u64 pages,
    Stream **out);

/* ---- From watch.c: the order of writes and syncs, in debug builds -------- */

#ifdef SEINE_DEBUG
#define STORE_WATCHED true
/* Opens a file of s on its vfs; what s does to it is watched. */
SN_FUNC int snWatchOpen(Store *s, const char *path, int flags, File **out);
SN_FUNC void snWatchSpace(Store *s, const SpaceMap *map); /* of its base */
SN_FUNC void snWatchFirst(Store *s); /* it is about to write */
/* Its stream fills n pages that were set aside; n 0: it is over. */
SN_FUNC void snWatchAside(Store *s, u64 page, u64 n);
SN_FUNC void snWatchLaid(Store *s); /* its transaction is handed over */
SN_FUNC void snWatchDone(Store *s, u64 txid);   /* is acknowledged */
SN_FUNC void snWatchReader(Store *s, u64 txid); /* is believed, and pinned */
#ifdef SEINE_TEST
/* Who is told of a broken rule, and the process goes on; NULL: nobody. */
SN_FUNC void snWatchTell(void (*told)(const char *text));
#endif
#else
#define STORE_WATCHED false
#define snWatchTell(told) ((void)(told))
#define snWatchOpen(s, path, flags, out) \
  (s)->config.vfs->open((s)->config.vfs, path, flags, out)
#define snWatchSpace(s, map) ((void)0)
#define snWatchFirst(s) ((void)0)
#define snWatchAside(s, page, n) ((void)0)
#define snWatchLaid(s) ((void)0)
#define snWatchDone(s, txid) ((void)0)
#define snWatchReader(s, txid) ((void)0)
#endif

/* ---- the store ---------------------------------------------------------- */

struct Store {
  StoreConfig config;
  char *path;
  File *file, *bulk;
  bool read_only, fresh, sync_off;
  bool tail_kept;
  bool unsynced; /* commits since sync_off was set */
  bool poisoned;
  bool unknown;  /* a claim may be out whose commit failed */
  u8 uuid[16];
  bool is_copy; /* created with this uuid, not a random one: */
  u8 copy_uuid[16];
  u64 seed; /* of all checksums */
  u64 size; /* bytes the file has at least */
  SlotSet seen;     /* slots as of `latest` */
  SlotSet scratch;
  const u8 *slot_map; /* the four pages, mapped, or NULL */
  Snapshot *snaps;  /* all that exist */
  Snapshot *latest; /* newest known, maybe with no one using it */
  u64 verdict_sum;  /* the last unconfirmed claim that was verified */
  bool verdict_known, verdict;
  u32 extents; /* open ones */
  Writer w;
  SpaceMap space; /* here while a transaction is built, else in the group */
  Group *group;   /* or NULL: nothing was written yet */
  bool keeps_byte; /* counted among the group's keepers */
  Bell *bell;      /* rings when there is news of a batch: */
  Store *waits;    /* the next who waits for it, */
  u64 durable;     /* ... up to here it is durable (atomic) */
  char **lost;     /* texts */
  u32 nlost, lost_cap;
};

/* A message for the person; returns rc. */
SN_FUNC int snStoreSay(Store *s, int rc, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
SN_FUNC const char *snStoreName(const Store *s);
/* Whether the file has at least so many bytes. */
SN_FUNC int snStoreHas(Store *s, u64 bytes, bool *has);
SN_FUNC int snStoreShared(Store *s, bool *shared); /* as in StoreInfo */

/* What holds the locks of the store's group. */
static inline File *snGroupFile(const Store *s) {
  return s->group->file ? s->group->file : s->file;
}
/* The file of the file's operations, in short. */
static inline int snStoreReadAt(Store *s, u64 at, void *p, size_t n) {
  int rc = s->file->ops->read(s->file, at, p, n);
  return rc == SEINE_IOERR && s->config.recover ? snLostRead(s, at, p, n) : rc;
}
static inline int snStoreWriteAt(Store *s, u64 at, const void *p, size_t n) {
  return s->file->ops->write(s->file, at, p, n);
}

#endif
