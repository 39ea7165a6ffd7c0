/*
** op_export: rows to a file: CSV, one JSON object a line, or an array of them.
** The connection's door keeps the file aside until it is whole: a statement
** that fails leaves nothing behind.
**
** CSV: a field stands in quotes when it holds the delimiter, a quote or an end
** of a line, or would be read as NULL or as blanks that nothing holds.
*/
#include "vm/vmInt.h"
#include "vm/kern.h"

#define EXPORT_PIECE 65536u /* bytes given to the door at once */

typedef struct ExportObject {
  Object head;
  const FileDoor *door;
  FileWriter *file;
  Buf text;
  u64 rows;
} ExportObject;

static void exportFree(Object *head) {
  ExportObject *o = (ExportObject *)head;
  if (o->file) (void)o->door->finish(o->file, false, NULL);
  snBufClear(&o->text);
  snMemFree(o);
}

/* ---- CSV ---------------------------------------------------------------- */

static void exportField(Buf *b, const ExportDef *d, const u8 *p, size_t n) {
  bool quote = !n || p[0] == ' ' || p[n - 1] == ' ' ||
      (n == strlen(d->null) && !memcmp(p, d->null, n));
  for (size_t i = 0; !quote && i < n; i++)
    quote = p[i] == (u8)d->delim || p[i] == '"' || p[i] == '\n' ||
        p[i] == '\r';
  if (quote) snBufByte(b, '"');
  for (size_t i = 0; quote && i < n; i++) {
    if (p[i] == '"') snBufByte(b, '"');
    snBufByte(b, p[i]);
  }
  if (quote) snBufByte(b, '"');
  else snBufAdd(b, p, n);
}

static int exportCsvRow(Run *r, Buf *b, const ExportDef *d, u32 row) {
  Buf one;
  snBufInit(&one, r->budget);
  for (u32 k = 0; k < d->n; k++) {
    const Vec *v = snReg(r, d->cols->reg[k]);
    KernVal x;
    if (k) snBufByte(b, (u8)d->delim);
    if (snKernIsNull(v, row)) {
      snBufStr(b, d->null);
      continue;
    }
    one.n = 0;
    snKernGet(v, row, &x);
    snKernText(&one, v->type, &x);
    exportField(b, d, one.data, one.n);
  }
  snBufByte(b, '\n');
  int rc = one.rc;
  snBufClear(&one);
  return rc ? rc : b->rc;
}

static void exportHeader(Buf *b, const ExportDef *d) {
  for (u32 k = 0; k < d->n; k++) {
    if (k) snBufByte(b, (u8)d->delim);
    exportField(b, d, (const u8 *)d->name[k], strlen(d->name[k]));
  }
  snBufByte(b, '\n');
}

/* ---- JSON --------------------------------------------------------------- */

static int exportJsonRow(Run *r, ExportObject *o, const ExportDef *d,
    u32 row) {
  Buf *b = &o->text;
  if (d->array) snBufStr(b, o->rows ? ",\n" : "[\n");
  for (u32 k = 0; k < d->n; k++) {
    const Vec *v = snReg(r, d->cols->reg[k]);
    snBufByte(b, k ? ',' : '{');
    snBufStr(b, d->name[k]); /* quoted, with its colon */
    int rc = snKernJsonValue(b, v, row);
    if (rc == SEINE_MISUSE)
      return snRunFail(r, SEINE_ERROR, "column %.100s has a JSON value that "
          "is none: json_valid() tells", d->name[k]);
    if (rc) return rc;
  }
  snBufStr(b, d->array ? "}" : "}\n");
  return b->rc;
}

/* ---- the file ----------------------------------------------------------- */

static int exportOpen(Run *r, const Instr *i, ExportObject **out) {
  const ExportDef *d = i->p;
  ExportObject *o = (ExportObject *)r->obj[i->a];
  *out = o;
  if (o) return SEINE_OK;
  o = snMemZero(r->budget, sizeof *o);
  if (!o) return SN_NOMEM;
  *out = o;
  o->head.free = exportFree;
  r->obj[i->a] = &o->head;
  snBufInit(&o->text, r->budget);
  o->door = snSessionFiles(r->session);
  if (!o->door)
    return snRunFail(r, SEINE_ERROR, "files are closed to this connection");
  int rc = o->door->create(o->door->arg, d->path, &o->file, r->error);
  if (!rc && d->header) exportHeader(&o->text, d);
  return rc ? rc : o->text.rc;
}

static int exportFlush(Run *r, ExportObject *o, bool all) {
  if (o->text.rc) return o->text.rc;
  if (o->text.n < (all ? 1 : EXPORT_PIECE)) return SEINE_OK;
  int rc = o->door->write(o->file, o->text.data, o->text.n, r->error);
  o->text.n = 0;
  return rc;
}

static int exportEnd(Run *r, ExportObject *o, const ExportDef *d) {
  if (d->array) snBufStr(&o->text, o->rows ? "\n]\n" : "[]\n");
  int rc = exportFlush(r, o, true);
  if (rc) return rc;
  FileWriter *w = o->file;
  o->file = NULL;
  return o->door->finish(w, true, r->error);
}

/* p: ExportDef; k 1: that was all. */
int opExport(Run *r, const Instr *i) {
  const ExportDef *d = i->p;
  ExportObject *o;
  int rc = snRunCheck(r);
  if (!rc) rc = exportOpen(r, i, &o);
  if (rc) return rc;
  if (i->k) return exportEnd(r, o, d);
  const Sel *s = r->sel + i->sel;
  for (u32 k = 0; !rc && k < d->n; k++)
    rc = snRegDecode(r, d->cols->reg[k], s);
  for (u32 row = 0; !rc && row < s->n; row++) {
    if (!snBit(s->bits, row)) continue;
    rc = d->json ? exportJsonRow(r, o, d, row)
                 : exportCsvRow(r, &o->text, d, row);
    o->rows++;
    if (!rc) rc = exportFlush(r, o, false);
  }
  return rc;
}

#undef EXPORT_PIECE
