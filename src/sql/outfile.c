/*
** outfile: COPY table TO 'file', COPY (select) TO 'file'.
*/
#include "sql/plan.h"

/* The format that the end of a name tells. */
static bool outfileEnds(const char *path, const char *end) {
  size_t n = strlen(path), m = strlen(end);
  return n > m && snAsciiEq(path + n - m, m, end, m);
}

static int outfileFormat(Compile *c, ExportDef *d, const char *name, u32 n,
    u32 at) {
  static const char *const names[] = {"csv", "tsv", "ndjson", "json"};
  u32 k = 0;
  while (k < SN_COUNT(names) && !snAsciiEq(name, n, names[k],
             strlen(names[k]))) k++;
  if (k == SN_COUNT(names))
    return snParseError(c->p, at, "COPY TO writes 'csv', 'tsv', 'ndjson' and "
        "'json'");
  d->delim = k == 1 ? '\t' : ',';
  d->json = k >= 2;
  d->array = k == 3;
  d->header = !d->json;
  return SEINE_OK;
}

static int outfileGuess(Compile *c, ExportDef *d, u32 at) {
  const char *p = d->path, *f = outfileEnds(p, ".tsv") ? "tsv"
      : outfileEnds(p, ".ndjson") || outfileEnds(p, ".jsonl") ? "ndjson"
      : outfileEnds(p, ".json") ? "json" : "csv";
  return outfileFormat(c, d, f, (u32)strlen(f), at);
}

static bool outfileIs(const char *name, const char *a, const char *b) {
  return snAsciiEq(name, strlen(name), a, strlen(a)) ||
      snAsciiEq(name, strlen(name), b, strlen(b));
}

static int outfileFlag(Compile *c, const ExprItem *it, bool *out) {
  const Expr *e = it->e;
  bool on = e->kind == EX_STR && snAsciiEq(e->text, e->len, "on", 2);
  bool off = e->kind == EX_STR && snAsciiEq(e->text, e->len, "off", 3);
  *out = on || (!off && e->i != 0);
  if (on || off || e->kind == EX_BOOL || e->kind == EX_INT) return SEINE_OK;
  return snParseError(c->p, e->at, "%s is true or false", it->alias);
}

static int outfileOption(Compile *c, ExportDef *d, const ExprItem *it) {
  const Expr *e = it->e;
  const char *name = it->alias;
  if (outfileIs(name, "format", "format")) return SEINE_OK; /* it was first */
  if (outfileIs(name, "array", "array")) {
    int rc = outfileFlag(c, it, &d->array);
    if (!rc && d->array && !d->json)
      rc = snParseError(c->p, e->at, "array is an option of JSON");
    return rc;
  }
  bool delim = outfileIs(name, "delim", "delimiter") ||
      outfileIs(name, "sep", "sep");
  bool null = outfileIs(name, "null", "nullstr");
  if (!delim && !null && !outfileIs(name, "header", "header"))
    return snParseError(c->p, e->at, "no such option of COPY TO: %.60s "
        "(there are format, header, delim, null and array)", name);
  if (d->json)
    return snParseError(c->p, e->at, "%.60s is an option of CSV", name);
  if (!delim && !null) return outfileFlag(c, it, &d->header);
  if (e->kind != EX_STR)
    return snParseError(c->p, e->at, "%.60s is a text", name);
  if (null && strpbrk(e->text, "\"\r\n"))
    return snParseError(c->p, e->at, "what stands for NULL has no quotes and "
        "no ends of lines");
  if (null) d->null = snArenaDup(&c->prog->arena, e->text, e->len);
  if (null) return d->null ? SEINE_OK : SN_NOMEM;
  bool tab = e->len == 2 && !memcmp(e->text, "\\t", 2);
  if ((e->len != 1 && !tab) || strchr("\"\r\n", e->text[0]))
    return snParseError(c->p, e->at, "the delimiter of CSV is one character, "
        "and no quote");
  d->delim = tab ? '\t' : e->text[0];
  return SEINE_OK;
}

static int outfileOptions(Compile *c, ExportDef *d, const Stmt *s) {
  const ExprList *l = s->cols;
  int rc = outfileGuess(c, d, s->name.at);
  for (u32 k = 0; !rc && l && k < l->n; k++) {
    const Expr *e = l->v[k].e;
    if (!outfileIs(l->v[k].alias, "format", "format")) continue;
    rc = outfileFormat(c, d, e->kind == EX_STR ? e->text : "",
        e->kind == EX_STR ? e->len : 0, e->at);
  }
  for (u32 k = 0; !rc && l && k < l->n; k++)
    rc = outfileOption(c, d, l->v + k);
  return rc ? rc : c->p->rc;
}

/* Names as they stand in the file; and no column that cannot. */
static int outfileColumns(Compile *c, ExportDef *d, const Plan *p, u32 at) {
  char type[24];
  d->n = p->nout;
  d->name = snCodeAlloc(c, (p->nout + 1ull) * sizeof *d->name);
  if (!d->name) return SN_NOMEM;
  for (u32 k = 0; k < p->nout; k++) {
    const OutColumn *o = p->out + k;
    u8 of = o->e->type & (u8)~TYPE_ARRAY;
    if (of == TYPE_BLOB || (d->json && of == TYPE_INTERVAL))
      return snParseError(c->p, at, "column %.60s is a %s, which such a file "
          "cannot hold: write hex(%.60s) or a CAST", o->name,
          snTypeName(o->e->type, type), o->name);
    Buf b;
    snBufInit(&b, c->arena->budget);
    if (d->json) snBufJson(&b, o->name, strlen(o->name));
    else snBufStr(&b, o->name);
    if (d->json) snBufByte(&b, ':');
    d->name[k] = snBufDup(&b, &c->prog->arena);
    snBufClear(&b);
    if (!d->name[k]) return SN_NOMEM;
  }
  return SEINE_OK;
}

typedef struct Outfile { ExportDef *def; u16 obj; } Outfile;

static int outfileRow(Compile *c, u16 sel, const u16 *reg, u32 n, void *arg) {
  Outfile *o = arg;
  ExportDef *d = snCodeAlloc(c, sizeof *d);
  RegList *l = snCodeAlloc(c, sizeof *l + (n + 1ull) * sizeof(u16));
  if (!d || !l) return SN_NOMEM;
  l->n = n;
  memcpy(l->reg, reg, n * sizeof *reg);
  *d = *o->def;
  d->cols = l;
  u32 at = snCodeAdd(c, OP_Export, sel, NO_REG, o->obj, NO_REG);
  snProgAt(c->prog, at)->p = d;
  snProgAt(c->prog, at)->note = d->path;
  return c->prog->rc;
}

int snOutfile(Compile *c, Stmt *s) {
  Outfile o = {snCodeAlloc(c, sizeof *o.def), 0};
  const char *path = snAstText(c->p, s->name);
  Plan *p;
  if (!o.def) return SN_NOMEM;
  if (!snSessionFiles(c->session))
    return snParseError(c->p, s->name.at, "files are closed to this "
        "connection: the program that opened it does not let SQL write them");
  o.def->null = "";
  o.def->path = snArenaDup(&c->prog->arena, path, strlen(path));
  if (!o.def->path) return SN_NOMEM;
  if (!path[0])
    return snParseError(c->p, s->name.at, "COPY TO needs the name of a file");
  int rc = snGuard(c, s->name.at, SEINE_AUTH_WRITE_FILE, path, NULL);
  if (!rc) rc = outfileOptions(c, o.def, s);
  if (!rc) rc = snPlanSelect(c, NULL, s->select, &p);
  if (!rc) rc = outfileColumns(c, o.def, p, s->name.at);
  if (rc) return rc;
  o.obj = snProgObj(c->prog);
  rc = snCodeSelect(c, p, outfileRow, &o);
  u32 end = snCodeAdd(c, OP_Export, NO_REG, NO_REG, o.obj, NO_REG);
  snProgAt(c->prog, end)->p = o.def;
  snProgAt(c->prog, end)->k = 1;
  snProgAt(c->prog, end)->note = o.def->path;
  return rc ? rc : c->prog->rc;
}
