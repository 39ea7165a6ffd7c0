/*
** infile: FROM 'file', FROM read_csv('file', name => value ...): a file as a
** table.  Its columns are asked for when the statement is compiled, its rows
** when it runs, through the door of the connection (vm.h, FileDoor).
*/
#include "sql/plan.h"

static const struct InfileFunc { const char *name; u8 format; }
infile_funcs[] = {
  {"read_csv", FILE_CSV}, {"read_csv_auto", FILE_CSV},
  {"read_file", FILE_AUTO}, {"read_json", FILE_NDJSON},
  {"read_lines", FILE_LINES}, {"read_log", FILE_ACCESS},
  {"read_ndjson", FILE_NDJSON}, {"read_tsv", FILE_TSV},
};

static bool infileIs(const From *f, u8 *format) {
  *format = FILE_AUTO;
  for (u32 k = 0; f->call && k < SN_COUNT(infile_funcs); k++) {
    const char *name = infile_funcs[k].name;
    if (!snAsciiEq(f->name.p, f->name.n, name, strlen(name))) continue;
    *format = infile_funcs[k].format;
    return true;
  }
  return f->file;
}

/* ---- options ------------------------------------------------------------ */

static int infileFormat(Compile *c, const Expr *e, u8 *out) {
  static const char *const names[] = {"auto", "ndjson", "csv", "tsv", "lines",
      "access"};
  for (u8 k = 0; e->kind == EX_STR && k < SN_COUNT(names); k++)
    if (snAsciiEq(e->text, e->len, names[k], strlen(names[k]))) {
      *out = k;
      return SEINE_OK;
    }
  if (e->kind == EX_STR && snAsciiEq(e->text, e->len, "json", 4)) {
    *out = FILE_NDJSON;
    return SEINE_OK;
  }
  return snParseError(c->p, e->at, "the format of a file is 'csv', 'tsv', "
      "'ndjson', 'lines', 'access' or 'auto'");
}

static int infileFlag(Compile *c, const char *name, const Expr *e,
    bool *out) {
  bool on = e->kind == EX_STR && snAsciiEq(e->text, e->len, "on", 2);
  *out = on || e->i != 0;
  if (on || e->kind == EX_BOOL || e->kind == EX_INT) return SEINE_OK;
  return snParseError(c->p, e->at, "%s is true or false", name);
}

static int infileDelim(Compile *c, const Expr *e, char *out) {
  bool tab = e->kind == EX_STR && e->len == 2 && !memcmp(e->text, "\\t", 2);
  if (e->kind != EX_STR || (e->len != 1 && !tab) ||
      strchr("\"\r\n", e->text[0]))
    return snParseError(c->p, e->at, "the delimiter of CSV is one character, "
        "and no quote");
  *out = tab ? '\t' : e->text[0];
  return SEINE_OK;
}

static bool infileNamed(const char *a, const char *b) {
  return snAsciiEq(a, strlen(a), b, strlen(b));
}

static int infileOption(Compile *c, const char *name, const Expr *e,
    FileAsk *ask) {
  static const char *const names[] = {"header", "delim", "format",
      "ignore_errors", "all_varchar"};
  Nearest near;
  bool on;
  int rc;
  if (infileNamed(name, "header")) {
    rc = infileFlag(c, name, e, &on);
    ask->header = on;
    return rc;
  }
  if (infileNamed(name, "delim") || infileNamed(name, "sep") ||
      infileNamed(name, "delimiter"))
    return infileDelim(c, e, &ask->delim);
  if (infileNamed(name, "format")) return infileFormat(c, e, &ask->format);
  if (infileNamed(name, "ignore_errors"))
    return infileFlag(c, name, e, &ask->lenient);
  if (infileNamed(name, "all_varchar"))
    return infileFlag(c, name, e, &ask->all_text);
  snNearestInit(&near, name);
  for (u32 k = 0; k < SN_COUNT(names); k++) snNearestAdd(&near, names[k]);
  snNearestHint(&near, c->err);
  return snParseError(c->p, e->at, "no such option of a file: %.60s (there "
      "are header, delim, format, ignore_errors and all_varchar)", name);
}

/* name => value, or name = value as in other databases. */
static int infileOptions(Compile *c, const ExprList *l, u32 from,
    FileAsk *ask) {
  int rc = SEINE_OK;
  for (u32 k = from; !rc && l && k < l->n; k++) {
    const Expr *e = l->v[k].e;
    const char *name = l->v[k].alias;
    if (!name && e->kind == EX_COMPARE && e->op == CMP_EQ &&
        e->left->kind == EX_NAME && !e->left->left) {
      name = e->left->text;
      e = e->right;
    }
    if (!name)
      return snParseError(c->p, e->at, "behind the file stand options: "
          "header => true");
    rc = infileOption(c, name, e, ask);
  }
  return rc;
}

/* One with fields: only CSV has a header and a delimiter, and a file that goes
** into a table is what its name says.  A few short lines look like a text. */
static bool infileIsCsv(const From *f, const FileAsk *ask) {
  size_t n = strlen(ask->path);
  bool named = n > 4 && infileNamed(ask->path + n - 4, ".csv");
  return ask->format == FILE_AUTO &&
      (ask->header >= 0 || ask->delim || (f->into.n && named));
}

static int infileAsk(Compile *c, const From *f, FileAsk *ask) {
  u32 from = 0;
  if (f->file) {
    ask->path = snAstText(c->p, f->name);
  } else {
    const Expr *e = f->args && f->args->n ? f->args->v[0].e : NULL;
    if (!e || e->kind != EX_STR || f->args->v[0].alias)
      return snParseError(c->p, e ? e->at : f->name.at, "%.*s() needs the name "
          "of a file, a text that is written out", (int)SN_MIN(f->name.n, 60u),
          f->name.p);
    ask->path = e->text;
    from = 1;
  }
  int rc = infileOptions(c, f->args, from, ask);
  if (!rc && infileIsCsv(f, ask)) ask->format = FILE_CSV;
  return rc;
}

/* ---- the plan ----------------------------------------------------------- */

static int infileOpen(Compile *c, const From *f, const FileAsk *ask,
    Table **out) {
  const FileDoor *door = snSessionFiles(c->session);
  char error[256] = "";
  FileReader *r;
  u32 at = f->file ? f->name.at : f->args->v[0].e->at;
  *out = NULL;
  if (!door)
    return snParseError(c->p, at, "files are closed to this connection: the "
        "program that opened it does not let SQL read them");
  int rc = door->open(door->arg, ask, &r, error);
  if (!rc) {
    *out = snTableCopy(c->prog->budget, door->table(r));
    if (!*out) rc = SN_NOMEM;
    door->close(r);
  }
  if (rc == SEINE_NOMEM || !error[0]) return rc;
  TableState *t = NULL;
  if (f->file)
    (void)snSessionFind(c->session, ask->path, strlen(ask->path), &t);
  if (t)
    snprintf(c->err->hint, sizeof c->err->hint, "did you mean: \"%.100s\"?",
        ask->path); /* a name, not a text */
  (void)snParseError(c->p, at, "%s", error);
  return c->p->rc = rc;
}

static int infileColumns(Compile *c, Plan *p, const Table *t, u32 at) {
  p->out = snArenaZero(c->arena, (t->ncol + 1) * sizeof *p->out);
  if (!p->out) return SN_NOMEM;
  if (snPlanTooWide(c, t->ncol, at)) return c->p->rc;
  for (u32 k = 0; k < t->ncol; k++) {
    Expr *e = snAstNew(c->p, EX_COLUMN, at);
    if (!e) return c->p->rc;
    e->i = k;
    e->type = t->col[k].type;
    p->out[k] = (OutColumn){.e = e, .name = t->col[k].name};
  }
  p->nout = p->out_cap = t->ncol;
  return SEINE_OK;
}

int snInfilePlan(Compile *c, const From *f, Plan **out) {
  FileAsk ask = {.header = -1};
  TableState *into = NULL;
  Table *t;
  *out = NULL;
  if (!infileIs(f, &ask.format)) return SEINE_OK;
  Plan *p = snArenaZero(c->arena, sizeof *p);
  FileDef *d = snCodeAlloc(c, sizeof *d);
  if (!p || !d) return SN_NOMEM;
  int rc = infileAsk(c, f, &ask);
  if (!rc) rc = snGuard(c, f->name.at, SEINE_AUTH_READ_FILE, ask.path, NULL);
  if (!rc && f->into.n) rc = snResolveTable(c, f->into, &into);
  if (rc) return rc;
  if (into) ask.into = into->table;
  ask.path = snArenaDup(&c->prog->arena, ask.path, strlen(ask.path));
  if (!ask.path) return SN_NOMEM;
  rc = infileOpen(c, f, &ask, &t);
  if (rc) return rc;
  rc = snProgKeep(c->prog, t);
  if (!rc && into) rc = snProgKeep(c->prog, into->table);
  snTableDrop(t); /* the program has it */
  if (rc) return rc;
  *d = (FileDef){.ask = ask, .table = t};
  p->file = d;
  p->s = snAstSelect(c->p, f->name.at);
  *out = p;
  return p->s ? infileColumns(c, p, t, f->name.at) : c->p->rc;
}

int snInfileCode(Compile *c, Plan *p, ConsumeRow fn, void *arg) {
  FileDef *d = snCodeAlloc(c, sizeof *d);
  u16 sel = snProgSel(c->prog), obj = snProgObj(c->prog);
  RegList *l = snCodeAlloc(c, sizeof *l + (p->nout + 1) * sizeof(u16));
  if (!d || !l) return SN_NOMEM;
  *d = *p->file;
  d->cols = l;
  l->n = p->nout;
  for (u32 k = 0; k < l->n; k++)
    l->reg[k] = snProgReg(c->prog, p->out[k].e->type);
  u32 next = snCodeAdd(c, OP_File, sel, NO_REG, obj, NO_REG);
  snProgAt(c->prog, next)->p = d;
  snProgAt(c->prog, next)->note = d->ask.path;
  int rc = fn(c, sel, l->reg, l->n, arg);
  snCodeLoop(c, next);
  return rc ? rc : c->prog->rc;
}
