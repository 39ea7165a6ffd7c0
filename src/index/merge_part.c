/*
** merge_part: the parts of a merged segment, written one after the other, or
** by several threads.
**
** Whoever helps has segments of its own, takes the largest part that nobody
** has, and writes it in memory.  The caller's thread alone touches the store:
** it takes the parts in their order, writes those that are left and appends
** the others.  While it waits for one it makes another.
**
** Invariants: (1) the bytes are the same, whoever writes a part; (2) what the
** inputs hold of the parts that are in memory, or become so, is at most
** `room`; (3) when there is no memory for a part, it and all that nobody has
** are left to the caller's thread, which needs less; (4) the error told is that
** of the first part that has one.
** Locks: states, drafts, rc and `aside` are guarded by the gate.
*/
#include "index/merge.h"

#define MERGE_ROOM (256u << 20) /* bytes */
#define MERGE_LOOK 2000u /* microseconds between looks at interrupts */
#define MERGE_NONE UINT32_MAX

typedef enum MergeState { MERGE_WAITS, MERGE_TAKEN, MERGE_READY } MergeState;

typedef struct MergeDraft {
  MergeState state;
  bool mine;         /* of the caller's thread only */
  SegWriter w;
  int rc;
} MergeDraft;

typedef struct MergeTeam MergeTeam;

typedef struct MergeHelper {
  MergeTeam *team;
  Merge g;
  Thread *thread;
} MergeHelper;

struct MergeTeam {
  Merge *g;          /* of the caller's thread */
  Monitor *gate;
  MergeDraft *draft; /* of each part */
  MergeHelper *helper;
  u32 nhelper;
  u64 aside, room;
  bool stop;
};

/* The largest part that anybody may write, of at most `room` bytes. */
static u32 mergePartLargest(const MergeTeam *m, u64 room) {
  const MergePart *p = m->g->part;
  u32 best = MERGE_NONE;
  for (u32 k = 0; k < m->g->npart; k++) {
    const MergeDraft *d = m->draft + k;
    if (d->state != MERGE_WAITS || d->mine || p[k].bytes > room) continue;
    if (best == MERGE_NONE || p[k].bytes > p[best].bytes) best = k;
  }
  return best;
}

/* The one to be written in memory now; it is taken.  In the gate. */
static u32 mergePartTake(MergeTeam *m) {
  u32 k = mergePartLargest(m, m->room - m->aside);
  if (k == MERGE_NONE) return k;
  m->draft[k].state = MERGE_TAKEN;
  m->aside += m->g->part[k].bytes;
  return k;
}

/* Whether there will be one, for a helper. */
static bool mergePartLeft(const MergeTeam *m) {
  return mergePartLargest(m, m->room) != MERGE_NONE;
}

static void mergePartAside(MergeTeam *m, u32 k) {
  m->aside -= m->g->part[k].bytes;
  snThreadWake(m->gate);
}

/* Writes a part that was taken.  In the gate, which it leaves and enters. */
static void mergePartDraft(MergeTeam *m, Merge *g, u32 k) {
  MergeDraft *d = m->draft + k;
  SegWriter own = g->w;
  snThreadLeave(m->gate);
  snSegWriteInit(&g->w, NULL, g->e->budget, 0);
  int rc = snMergePart(g, g->part + k);
  if (!rc) rc = g->w.rc ? g->w.rc : g->w.buf.rc;
  snArenaClear(&g->arena);
  if (rc) snSegWriteAbort(&g->w);
  snThreadEnter(m->gate);
  d->w = g->w;
  d->rc = rc;
  d->state = MERGE_READY;
  if (rc == SN_NOMEM) {
    *d = (MergeDraft){.state = MERGE_WAITS};
    mergePartAside(m, k);
    for (u32 i = 0; i < g->npart; i++) m->draft[i].mine = true;
  }
  snThreadWake(m->gate);
  g->w = own;
}

static void mergePartHelp(void *arg) {
  MergeHelper *h = arg;
  MergeTeam *m = h->team;
  snThreadEnter(m->gate);
  while (!m->stop && mergePartLeft(m)) {
    u32 k = mergePartTake(m);
    if (k == MERGE_NONE) snThreadWait(m->gate, 0);
    else mergePartDraft(m, &h->g, k);
  }
  snThreadLeave(m->gate);
}

/* ---- the caller's thread ------------------------------------------------ */

/* Until a part that a helper has is ready.  In the gate. */
static int mergePartAwait(MergeTeam *m, u32 k) {
  while (m->draft[k].state == MERGE_TAKEN) {
    u32 other = mergePartTake(m);
    int rc = SEINE_OK;
    if (other != MERGE_NONE) {
      mergePartDraft(m, m->g, other);
      continue;
    }
    snThreadWait(m->gate, MERGE_LOOK);
    if (m->draft[k].state != MERGE_TAKEN) break;
    snThreadLeave(m->gate);
    rc = snMergeCancelled(m->g);
    snThreadEnter(m->gate);
    if (rc) return rc;
  }
  return SEINE_OK;
}

static int mergePartWrite(MergeTeam *m, u32 k) {
  MergeDraft *d = m->draft + k;
  Merge *g = m->g;
  snThreadEnter(m->gate);
  int rc = mergePartAwait(m, k);
  bool ready = d->state == MERGE_READY;
  d->state = MERGE_TAKEN;
  snThreadLeave(m->gate);
  if (rc) return rc;
  if (!ready) {
    rc = snMergePart(g, g->part + k);
    snArenaClear(&g->arena);
    return rc ? rc : g->w.rc;
  }
  if (d->rc) return d->rc;
  snSegWriteJoin(&g->w, &d->w);
  snThreadEnter(m->gate);
  mergePartAside(m, k);
  snThreadLeave(m->gate);
  return g->w.rc;
}

static int mergePartOpen(MergeTeam *m, MergeHelper *h, const View *twin) {
  Merge *g = &h->g;
  h->team = m;
  *g = *m->g;
  g->helps = true;
  snArenaInit(&g->arena, g->e->budget);
  g->in = snMemAlloc(g->e->budget, g->n * sizeof *g->in);
  if (!g->in) return SN_NOMEM;
  memcpy(g->in, m->g->in, g->n * sizeof *g->in);
  for (u32 i = 0; i < g->n; i++) g->in[i].seg = twin->seg[g->from + i];
  return snThreadStart(g->e->budget, mergePartHelp, h, &h->thread);
}

static void mergePartStop(MergeTeam *m) {
  snThreadEnter(m->gate);
  __atomic_store_n(&m->stop, true, __ATOMIC_RELAXED);
  snThreadWake(m->gate);
  snThreadLeave(m->gate);
  for (u32 i = 0; i < m->nhelper; i++) {
    snThreadJoin(m->helper[i].thread);
    snMemFree(m->helper[i].g.in);
    snArenaClear(&m->helper[i].g.arena);
  }
  for (u32 k = 0; k < m->g->npart; k++) snSegWriteAbort(&m->draft[k].w);
}

/* With fewer helpers than there may be, or none, when memory is short. */
static int mergePartTeam(Merge *g) {
  const Budget *b = g->e->budget;
  MergeTeam m = {.g = g, .room = MERGE_ROOM};
  if (b->limit)
    m.room = SN_MIN(m.room, (u64)SN_MAX(b->limit - snMemUsed(b), 0) / 4);
  m.draft = snMemZero(g->e->budget, g->npart * sizeof *m.draft);
  m.helper = snMemZero(g->e->budget, g->e->ntwin * sizeof *m.helper);
  int rc = m.draft && m.helper ? snThreadMonitorNew(g->e->budget, &m.gate)
                               : SN_NOMEM;
  if (!rc) m.draft[0].mine = true; /* that is where it begins */
  g->stop = &m.stop;
  for (u32 i = 0; !rc && i < g->e->ntwin; i++) {
    m.nhelper = i + 1;
    if (mergePartOpen(&m, m.helper + i, g->e->twin[i])) break;
  }
  for (u32 k = 0; !rc && k < g->npart; k++) rc = mergePartWrite(&m, k);
  if (m.gate) mergePartStop(&m);
  g->stop = NULL;
  snThreadMonitorFree(m.gate);
  snMemFree(m.helper);
  snMemFree(m.draft);
  return rc;
}

int snMergeParts(Merge *g) {
  int rc = SEINE_OK;
  if (g->e->ntwin) return mergePartTeam(g);
  for (u32 k = 0; !rc && k < g->npart; k++)
    rc = snMergePart(g, g->part + k);
  return rc;
}

#undef MERGE_ROOM
#undef MERGE_LOOK
#undef MERGE_NONE
