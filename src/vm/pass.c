/*
** pass: groups and rows to sort that are too many for memory, in passes.
**
** When the groups of a loop take more than a quarter of the room that a memory
** limit leaves, they are given up, and the loop begins anew for a part of them:
** those whose keys have a hash that ends in certain bits.  When they have been
** handed on the loop runs again for the next part.  A part that is too large
** still is halved.  So nothing is written to disk, no row is read that could
** not be read before, and a group is whole when it is handed on.  A quarter:
** tables double, and the old one is there until the new one is filled.
**
** Where rows are handed on while others are still to come, as by a join, the
** stretch of the program that makes them is run once for each part of them:
** Parts at its end leads back to its beginning.  What takes the rows, from
** `through` on, is not touched, and takes those of all parts.  A tree of joins
** is one stretch: each part of one build side meets each part of the others.
** So a build side is made more than once; that of a right or full join keeps
** which of its rows had partners, as long as its part stays the same.
**
** A sort whose rows take too much keeps the first half of them and drops what
** comes behind (op_sort.c).  When they were given, the program begins anew
** and the sort passes over the rows up to the last one that it gave.  All that
** comes before the sort runs again, builds and groups included.
**
** Invariants: (1) only a loop that gives the same rows each time, and collects
** nothing but these groups, is run again (snForkRepeats()); (2) each group is
** in one part of those that are done, made or to do; (3) the hash is of the
** values: it is the same in each pass, whatever their codes are; (4) a part is
** halved before its rows are given: while the objects before it in PartsDef
** are at their first part.
*/
#include "vm/vmInt.h"

#define PASS_BITS 12u /* of the hash, at most */
#define PASS_NEVER UINT32_MAX
#define PASS_TEXTS 64u

static u64 passMix(u64 h, u64 x) {
  h = (h << 5 | h >> 59) ^ x;
  h *= 0x9e3779b97f4a7c15ull;
  return h ^ h >> 32;
}

/* Of all terms of a dictionary, once for each. */
static int passTerms(Run *r, PassColumn *c, const Vec *v) {
  u32 n = snDictCount(v->dict), ord[PASS_TEXTS], k;
  DictText text[PASS_TEXTS];
  Arena a;
  int rc = SEINE_OK;
  snMemFree(c->hash);
  c->dict_key = 0;
  c->hash = snMemAlloc(r->budget, (n + 1ull) * sizeof *c->hash);
  if (!c->hash) return SN_NOMEM;
  snArenaInit(&a, r->budget);
  for (u32 at = 0; !rc && at < n; at += k) {
    k = SN_MIN(PASS_TEXTS, n - at);
    for (u32 i = 0; i < k; i++) ord[i] = at + i;
    rc = snDictTexts(v->dict, ord, k, &a, text);
    for (u32 i = 0; !rc && i < k; i++)
      c->hash[at + i] = (u16)snHash(text[i].p, text[i].n, 0);
    snArenaReset(&a, 1u << 16);
  }
  snArenaClear(&a);
  if (!rc) c->dict_key = v->dict_key;
  return rc;
}

static int passColumn(Run *r, PassColumn *c, u16 reg, const Sel *s,
    Rows16 rows, u64 *hash) {
  const Vec *v = snReg(r, reg);
  bool str = snTypeForm(v->type) == FORM_STR, code = v->form == VEC_CODE;
  int rc = SEINE_OK;
  if (code && (!c->hash || c->dict_key != v->dict_key))
    rc = passTerms(r, c, v);
  else if (str && !code)
    rc = snRegDecode(r, reg, s);
  for (u32 k = 0; !rc && k < rows.n; k++) {
    u32 i = rows.rows ? rows.rows[k] : k;
    u64 x = 0;
    if (snVecNull(v, i)) x = ~0ull;
    else if (code) x = c->hash[((const u32 *)v->data)[i]];
    else if (!str) x = snKeysBits(v, i);
    else {
      const Str *t = (const Str *)v->data + snVecAt(v, i);
      x = (u16)snHash(t->p, t->n, 0);
    }
    hash[i] = passMix(hash[i], x);
  }
  return rc;
}

int snPassRows(Run *r, Pass *p, const u16 *reg, u32 n, const Sel *s,
    Sel *out) {
  u64 *hash = snArenaZero(&r->batch, SN_WINDOW * sizeof *hash);
  Rows16 rows = snRunSel(r, s);
  int rc = hash ? SEINE_OK : SN_NOMEM;
  if (!rc && !p->col) {
    p->col = snMemZero(r->budget, n * sizeof *p->col);
    p->ncol = p->col ? n : 0;
    if (!p->col) rc = SN_NOMEM;
  }
  *out = *s;
  for (u32 c = 0; !rc && c < n; c++)
    rc = passColumn(r, p->col + c, reg[c], s, rows, hash);
  for (u32 k = 0; !rc && k < rows.n; k++) {
    u32 i = rows.rows ? rows.rows[k] : k;
    if (((u32)hash[i] & p->mask) != p->value) snBitClear(out->bits, i);
  }
  return rc;
}

/* ---- the parts ---------------------------------------------------------- */

bool snPassOver(const Run *r, const Budget *own, i64 needs) {
  i64 limit = r->budget->limit;
  return limit > 0 && needs > limit - snMemUsed(r->budget) + snMemUsed(own);
}

bool snPassMay(Run *r, Pass *p, u32 at) {
  if (!p->start && !snForkRepeats(r, at, &p->start)) p->start = PASS_NEVER;
  return p->start != PASS_NEVER && p->mask >> (PASS_BITS - 1) == 0;
}

static void passSet(Pass *p, u32 at) {
  p->at = at;
  if (!p->n) return;
  p->mask = p->part[at].mask;
  p->value = p->part[at].value;
}

/* The other half waits. */
static int passHalve(Run *r, Pass *p) {
  int rc = snMemGrow(r->budget, &p->part, &p->cap, p->n + 2ull,
      sizeof *p->part);
  if (rc) return rc;
  u32 bit = p->mask + 1, mask = p->mask | bit;
  if (!p->n) p->n = 1;
  p->part[p->at] = (PassPart){mask, p->value};
  p->part[p->n++] = (PassPart){mask, p->value | bit};
  p->mask = mask;
  return SEINE_OK;
}

int snPassSplit(Run *r, Pass *p, double seen) {
  int rc = SEINE_OK;
  double parts = 1;
  do {
    rc = passHalve(r, p);
    parts *= 2;
  } while (!rc && parts * seen < 1 && p->mask >> (PASS_BITS - 1) == 0);
  return rc;
}

bool snPassNext(Pass *p) {
  if (p->at + 1 >= p->n) return false;
  passSet(p, p->at + 1);
  return true;
}

/* Goes back to the first parts; false: there is but one. */
static bool passFirst(Run *r, const PartsDef *d) {
  bool any = false;
  for (u32 k = 0; k < d->n; k++) {
    const Object *o = r->obj[d->obj[k]];
    if (!o || o->pass->n < 2) continue;
    passSet(o->pass, 0);
    any = true;
  }
  return any;
}

static void passRewind(Run *r, u32 next) {
  Cursor *c = r->cur + r->prog->code[next].a;
  snForkFree(c->fork);
  c->fork = NULL;
  snCursorRewind(c);
}

int snPassBegin(Run *r, const Pass *p) {
  const Instr *code = r->prog->code, *end = code + code[p->start].jump;
  if (end->op == OP_Parts && passFirst(r, end->p))
    return snPartAgain(r, end->p);
  passRewind(r, p->start);
  r->pc = p->start;
  return SEINE_OK;
}

double snPassSeen(const Run *r, const Pass *p) {
  const Cursor *c = r->cur + r->prog->code[p->start].a;
  u64 n = c->base + (u64)c->rows;
  for (u32 s = 0; s < c->seg && s < c->view->n; s++)
    n += snSegmentDocs(c->view->seg[s]);
  return (double)SN_MAX(n, 1) / (double)SN_MAX(c->view->total, 1);
}

/* ---- the whole program --------------------------------------------------- */

/* Does it the same each time, and nothing that is seen outside? */
static bool passRepeats(const Instr *i) {
  switch (i->op) {
  case OP_Func:
    return !(((const FuncCallDef *)i->p)->func->flags & FUNC_IMPURE);
  case OP_Result: case OP_Export: case OP_File: case OP_Insert:
  case OP_Upsert: case OP_Stored: case OP_Delete: case OP_Update:
  case OP_Moved: case OP_Write: case OP_Ddl: case OP_Admin: case OP_Txn:
  case OP_Vacuum:
    return false;
  default:
    return true;
  }
}

/* Its objects, NO_REG where it has none. */
static void passObjects(const Instr *i, u16 obj[2]) {
  obj[0] = snProgKind(i->op, 1) == 'o' ? i->a : NO_REG;
  obj[1] = snProgKind(i->op, 2) == 'o' ? i->b : NO_REG;
}

static bool passHas(const Instr *i, u16 o) {
  u16 obj[2];
  passObjects(i, obj);
  return obj[0] == o || obj[1] == o;
}

/* Is the object read or filled outside of [from, end], where its state counts?
** What is looked up is the same each time. */
static bool passElsewhere(const Program *p, u32 from, u32 end, u16 o) {
  for (u32 at = 0; at < p->n; at++) {
    const Instr *i = p->code + at;
    bool look = at > end && (i->op == OP_Look || i->op == OP_LookOne);
    if ((at < from || at > end) && !look && passHas(i, o)) return true;
  }
  return false;
}

/* Do instructions [from, end) lead to each other alone, and do their objects
** belong to them, but for `obj`? */
static bool passApart(const Program *p, u32 from, u32 end, u16 obj) {
  for (u32 at = from; at < end; at++) {
    const Instr *i = p->code + at;
    u16 made[2];
    if (i->jump > 0 && (u32)i->jump < from) return false;
    passObjects(i, made);
    for (u32 m = 0; m < 2; m++)
      if (made[m] != NO_REG && made[m] != obj &&
          passElsewhere(p, from, end, made[m]))
        return false;
  }
  return true;
}

bool snPassWhole(const Program *p, u16 obj, u32 *from, u32 *end) {
  u32 at = 0;
  while (at < p->n && (p->code[at].op != OP_Sort || p->code[at].a != obj))
    at++;
  if (at == p->n) return false;
  *from = *end = at;
  while (*from > 1 && passRepeats(p->code + *from - 1)) --*from;
  return passApart(p, *from, at, obj) && snForkOuter(p, at + 1);
}

void snPassAgain(Run *r, u32 from, u32 end) {
  const Instr *code = r->prog->code;
  for (u32 at = from; at < end; at++) {
    u16 obj[2];
    passObjects(code + at, obj);
    for (u32 m = 0; m < 2; m++)
      if (obj[m] != NO_REG && obj[m] != code[end].a) snRunForget(r, obj[m]);
    if (code[at].op == OP_Next) passRewind(r, at);
  }
  r->alone = true;
  r->pc = from;
}

/* ---- a stretch of the program -------------------------------------------- */

static bool passMember(const PartsDef *d, u16 o) {
  for (u32 k = 0; k < d->n; k++)
    if (d->obj[k] == o) return true;
  return false;
}

/* Does the instruction fill or empty its objects? */
static bool passMakes(const Instr *i) {
  return i->op != OP_Look && i->op != OP_LookOne && i->op != OP_Call &&
      i->op != OP_Return;
}

/* Is the object, which is made before `through`, used nowhere else? */
static bool passOwns(const Program *p, const PartsDef *d, u16 o) {
  if (o == NO_REG || passMember(d, o)) return true;
  for (u32 at = d->through; at < d->end; at++)
    if (passHas(p->code + at, o)) return false;
  return !passElsewhere(p, d->from, d->end, o);
}

static bool passSteady(const Program *p, const PartsDef *d, const Instr *i) {
  u16 made[2];
  bool away = i->jump > 0 &&
      ((u32)i->jump < d->from || (u32)i->jump > d->end);
  bool order = i->op == OP_Groups || i->op == OP_Sorted || i->op == OP_Parts;
  if (!passRepeats(i) || away || (d->order && order)) return false;
  passObjects(i, made);
  return !passMakes(i) || (passOwns(p, d, made[0]) && passOwns(p, d, made[1]));
}

bool snPartMay(const Run *r, const Program *p, const PartsDef *d, u16 obj) {
  for (u32 k = 0; d->obj[k] != obj; k++) {
    const Object *o = r->obj[d->obj[k]];
    if (o && o->pass->at) return false;
  }
  for (u32 at = d->from; at < d->through; at++)
    if (!passSteady(p, d, p->code + at)) return false;
  for (u32 at = d->through; at < d->end; at++)
    if (p->code[at].op == OP_Func && !passRepeats(p->code + at)) return false;
  return true;
}

int snPartAgain(Run *r, const PartsDef *d) {
  const Instr *code = r->prog->code;
  int rc = SEINE_OK;
  for (u32 at = d->from; at < d->through; at++) {
    u16 obj[2];
    passObjects(code + at, obj);
    for (u32 m = 0; m < 2 && passMakes(code + at); m++)
      if (obj[m] != NO_REG && !passMember(d, obj[m])) snRunForget(r, obj[m]);
    if (code[at].op == OP_Next) passRewind(r, at);
  }
  for (u32 k = 0; !rc && k < d->n; k++) {
    Object *o = r->obj[d->obj[k]];
    if (o) rc = o->again(o);
  }
  r->pc = d->from;
  return rc;
}

int snPartMore(Run *r, const PartsDef *d, u16 obj) {
  if (r->twin) {
    (void)snForkOver(r);
    return SEINE_OK;
  }
  Pass *p = r->obj[obj]->pass;
  if (p->mask >> (PASS_BITS - 1) || !snPartMay(r, r->prog, d, obj))
    return SEINE_OK;
  int rc = passHalve(r, p);
  return rc ? rc : snPartAgain(r, d);
}

bool snPartLast(const Run *r, const PartsDef *d, u16 obj) {
  for (u32 k = 0; d->obj[k] != obj; k++) {
    const Object *o = r->obj[d->obj[k]];
    if (o && o->pass->at + 1 < o->pass->n) return false;
  }
  return true;
}

/* p: PartsDef. */
int opParts(Run *r, const Instr *i) {
  const PartsDef *d = i->p;
  for (u32 k = 0; k < d->n; k++) {
    Object *o = r->obj[d->obj[k]];
    if (!o) continue;
    if (snPassNext(o->pass)) return snPartAgain(r, d);
    passSet(o->pass, 0);
  }
  return SEINE_OK;
}

void snPassClear(Pass *p) {
  for (u32 i = 0; p->col && i < p->ncol; i++) snMemFree(p->col[i].hash);
  snMemFree(p->col);
  snMemFree(p->part);
}
#undef PASS_BITS
#undef PASS_NEVER
#undef PASS_TEXTS
