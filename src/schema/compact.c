/*
** compact: how does a file get smaller?  Which extents lie behind the page
** where it could end, and to where in front of that can they go.
**
** A step looks at all extents of the base state, copies some of them into
** free runs in front of them, and marks what stands above those: a record
** above what its table reaches, nodes above a record.  The commit of the edit
** frees the old places; they can be taken two commits later.
**
** Invariants:
** (1) An extent is copied only to a place in front of it, but for a lift: so
**     steps come to an end.
** (2) A step moves COMPACT_STEP pages and one extent, at most.
** (3) A page that two references name stays where it is.
*/
#include "schema/schemaInt.h"

#define COMPACT_STEP ((u64)16384) /* pages: 64 MiB */
#define COMPACT_NONE UINT32_MAX

/* A file is compact with so many pages to spare: roots come and go. */
#define COMPACT_SLACK 8u

/* One extent of the base.  Nodes and records are written anew by a commit;
** all else is copied. */
typedef struct CompactItem {
  ExtentRef ref;
  u64 pages;
  u32 entry;         /* the table it belongs to, or COMPACT_NONE */
  u32 level, index;  /* the nodes above it: from that level on */
  bool anew;
} CompactItem;

typedef struct Compact {
  CatalogEdit *e;
  CompactStep *step;
  Catalog *base;
  Budget *budget;
  CompactItem *item; /* by page */
  u32 n, cap;
  u64 done;          /* pages that this step moves */
  CompactItem as;    /* what compactSeen() adds, but for its place */
} Compact;

/* ---- what there is ------------------------------------------------------ */

static int compactSeen(void *arg, const ExtentRef *ref) {
  Compact *c = arg;
  int rc = snMemGrow(c->budget, &c->item, &c->cap, c->n + 1ull,
      sizeof *c->item);
  if (rc) return rc;
  CompactItem *x = c->item + c->n++;
  *x = c->as;
  x->ref = *ref;
  x->pages = snExtentPages(ref->len);
  return SEINE_OK;
}

static int compactTable(Compact *c, u32 k) {
  const CatalogEntry *t = c->base->entry + k;
  TableState *s;
  c->as = (CompactItem){.entry = COMPACT_NONE, .index = t->slot / CATALOG_FAN,
      .anew = true};
  int rc = compactSeen(c, &t->record);
  c->as.entry = k;
  c->as.anew = false;
  if (!rc) rc = snCatalogRead(c->base, t, &s);
  if (rc) return rc;
  rc = compactSeen(c, &s->schema_ref);
  if (!rc) rc = snCatalogReach(s, compactSeen, c);
  snTableStateDrop(s);
  return rc;
}

/* The nodes above a node begin at the level above it. */
static int compactNodes(Compact *c) {
  int rc = SEINE_OK;
  for (u32 l = 0; !rc && l < CATALOG_DEPTH; l++) {
    const CatalogLevel *v = c->base->level + l;
    for (u32 i = 0; !rc && i < v->n; i++) {
      c->as = (CompactItem){.entry = COMPACT_NONE, .level = l + 1,
          .index = v->v[i].index / CATALOG_FAN, .anew = true};
      rc = compactSeen(c, &v->v[i].ref);
    }
  }
  return rc;
}

static int compactSort(Compact *c) {
  u64 n = c->n;
  CompactItem *to = snMemAlloc(c->budget, (n + 1) * sizeof *to);
  KeyIdx *k = snMemAlloc(c->budget, (2 * n + 1) * sizeof *k);
  int rc = to && k ? SEINE_OK : SN_NOMEM;
  for (u32 i = 0; !rc && i < n; i++) k[i] = (KeyIdx){c->item[i].ref.page, i};
  if (!rc) snSortKeys(k, c->n, k + n);
  for (u32 i = 0; !rc && i < n; i++) to[i] = c->item[k[i].idx];
  snMemFree(k);
  snMemFree(rc ? to : c->item);
  if (!rc) c->item = to;
  return rc;
}

static int compactGather(Compact *c) {
  int rc = SEINE_OK;
  c->as = (CompactItem){.entry = COMPACT_NONE, .level = CATALOG_DEPTH};
  if (c->base->objects) rc = compactSeen(c, &c->base->objects_ref);
  if (!rc) rc = compactNodes(c);
  for (u32 k = 0; !rc && k < c->base->n; k++) rc = compactTable(c, k);
  return rc ? rc : compactSort(c);
}

static bool compactTwin(const Compact *c, u32 i) {
  u64 page = c->item[i].ref.page;
  return (i && c->item[i - 1].ref.page == page) ||
      (i + 1 < c->n && c->item[i + 1].ref.page == page);
}

/* ---- moving ------------------------------------------------------------- */

static int compactMarkAbove(Compact *c, const CompactItem *x) {
  int rc = SEINE_OK;
  u32 level = x->level;
  u64 index = x->index;
  if (x->entry != COMPACT_NONE) {
    const CatalogEntry *t = c->base->entry + x->entry;
    rc = snCatalogEditMove(c->e, &t->record, NULL);
    level = 0;
    index = t->slot / CATALOG_FAN;
  }
  for (; !rc && level < c->base->depth; level++, index /= CATALOG_FAN) {
    const CatalogLevel *l = c->base->level + level;
    u32 at = snCatalogNodeAt(l, index);
    if (at < l->n && l->v[at].index == index)
      rc = snCatalogEditMove(c->e, &l->v[at].ref, NULL);
  }
  return rc;
}

/* *moved: false when no free run in front of it holds it. */
static int compactMove(Compact *c, const CompactItem *x, bool *moved) {
  CompactStep *step = c->step;
  bool lift = step->mode == COMPACT_LIFT;
  ExtentRef to;
  int rc;
  *moved = false;
  if (x->anew) {
    if (!step->space.free) return SEINE_OK;
    rc = snCatalogEditMove(c->e, &x->ref, NULL);
  } else {
    rc = snMoveExtent(c->base->store, &x->ref, lift, step->stop, step->arg,
        &to);
    if (rc || !to.page) return rc;
    rc = snCatalogEditMove(c->e, &x->ref, &to);
    step->moved += x->pages;
  }
  *moved = true;
  c->done += x->pages;
  return rc ? rc : compactMarkAbove(c, x);
}

/* The largest first, as they are hard to place; where two are equal, the one
** nearer to the end.  What did not fit tells that nothing as large does that
** stands in front of it. */
static int compactFill(Compact *c) {
  u32 from = c->n;
  int rc = SEINE_OK;
  while (from && c->item[from - 1].ref.page + c->item[from - 1].pages >
      c->step->goal) from--;
  KeyIdx *order = snMemAlloc(c->budget, (c->n - from + 1ull) * 2 *
      sizeof *order);
  if (!order) return SN_NOMEM;
  u32 n = c->n - from;
  for (u32 i = 0; i < n; i++)
    order[i] = (KeyIdx){~c->item[c->n - 1 - i].pages, c->n - 1 - i};
  snSortKeys(order, n, order + n);
  for (u32 i = 0; !rc && i < n && c->done < COMPACT_STEP; i++) {
    bool moved;
    if (compactTwin(c, order[i].idx)) continue;
    rc = compactMove(c, c->item + order[i].idx, &moved);
  }
  snMemFree(order);
  return rc;
}

static int compactSlide(Compact *c) {
  u64 hole = c->step->space.hole, behind = hole + c->step->space.hole_pages;
  int rc = SEINE_OK;
  for (u32 i = 0; !rc && i < c->n && c->done < COMPACT_STEP; i++) {
    bool moved;
    const CompactItem *x = c->item + i;
    /* A record or node, only where it parts two holes. */
    if (x->anew && x->ref.page != behind && x->ref.page + x->pages != hole)
      continue;
    if (compactTwin(c, i)) continue;
    rc = compactMove(c, x, &moved);
  }
  return rc;
}

/* What is small goes with it; the root stops that, but any commit moves it. */
static int compactLift(Compact *c) {
  const MoveSpace *m = &c->step->space;
  u64 page = m->hole + m->hole_pages;
  int rc = SEINE_OK;
  for (u32 i = 0; !rc && i < c->n; i++) {
    const CompactItem *x = c->item + i;
    bool moved;
    if (x->ref.page < page) continue;
    if (x->ref.page > page || compactTwin(c, i)) break;
    rc = compactMove(c, x, &moved);
    page += x->pages;
    if (x->pages > m->hole_pages || c->done >= COMPACT_STEP) break;
  }
  return rc;
}

int snCompactStep(CatalogEdit *e, CompactStep *step) {
  Compact c = {.e = e, .step = step};
  MoveSpace *m = &step->space;
  u64 loose;
  step->moved = 0;
  c.base = snCatalogEditBase(e);
  c.budget = c.base->budget;
  int rc = snMoveSpace(c.base->store, m);
  if (rc) return rc;
  loose = SN_MIN(m->used_end, m->free + m->buried);
  step->goal = m->used_end - loose + COMPACT_SLACK;
  step->done = m->settled &&
      SN_MAX(m->used_end, m->promised) <= step->goal;
  if (step->done) return SEINE_OK;
  rc = compactGather(&c);
  if (!rc) {
    switch (step->mode) {
    case COMPACT_FILL: rc = compactFill(&c); break;
    case COMPACT_SLIDE: rc = compactSlide(&c); break;
    case COMPACT_LIFT: rc = compactLift(&c); break;
    }
  }
  snCatalogEditTouch(e);
  snMemFree(c.item);
  return rc;
}

/* ---- another file ------------------------------------------------------- */

typedef struct CompactCopy {
  Store *from, *into;
  int (*stop)(void *arg);
  void *arg;
} CompactCopy;

static int compactAcross(const CompactCopy *c, ExtentRef *ref) {
  ExtentRef to;
  int rc = snMoveAcross(c->from, ref, c->into, c->stop, c->arg, &to);
  if (!rc) *ref = to;
  return rc;
}

static int compactCopyTable(const CompactCopy *c, CatalogEdit *e,
    const TableState *was) {
  TableState *s = snTableStateCopy(snStoreBudget(c->into), was);
  int rc = s ? SEINE_OK : SN_NOMEM;
  for (u32 i = 0; !rc && i < s->nseg; i++) {
    LiveRef *l = &s->seg[i].live;
    rc = compactAcross(c, &s->seg[i].ref);
    for (u32 k = 0; !rc && k < l->n; k++) rc = compactAcross(c, l->ref + k);
  }
  for (u32 i = 0; !rc && i < s->npatch; i++)
    rc = compactAcross(c, &s->patch[i].ref);
  for (u32 i = 0; !rc && i < s->rows.nspill; i++)
    rc = compactAcross(c, &s->rows.spill[i].ref);
  if (!rc) rc = snCatalogEditPut(e, s, true);
  snTableStateDrop(s);
  return rc;
}

static int compactCopyAll(const CompactCopy *c, Catalog *from,
    Snapshot *base) {
  Catalog *empty = NULL;
  CatalogEdit *e = NULL;
  int rc = snCatalogOpen(c->into, base, &empty);
  if (!rc) rc = snCatalogEditBegin(c->into, empty, &e);
  if (!rc) snCatalogEditLike(e, from);
  if (!rc) snCatalogEditTouch(e);
  for (u32 k = 0; !rc && k < from->n; k++) {
    TableState *s;
    rc = snCatalogRead(from, from->entry + k, &s);
    if (rc) break;
    rc = compactCopyTable(c, e, s);
    snTableStateDrop(s);
  }
  if (!rc) rc = snCatalogEditCommit(e);
  snCatalogEditFree(e);
  snCatalogDrop(empty);
  return rc;
}

int snCompactInto(Catalog *from, Store *into, int (*stop)(void *arg),
    void *arg) {
  CompactCopy c = {from->store, into, stop, arg};
  Snapshot *base;
  int rc = snWriterBegin(into, &base);
  if (!rc) rc = compactCopyAll(&c, from, base);
  if (rc) snWriterRollback(into);
  return rc;
}

#undef COMPACT_STEP
#undef COMPACT_NONE
#undef COMPACT_SLACK
