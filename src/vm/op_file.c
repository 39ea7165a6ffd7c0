/*
** op_file: the rows of a file in FROM.  The file is read by the door that the
** connection has for it; what it gave at once is given on, window by window.
*/
#include "vm/vmInt.h"

typedef struct FileObject {
  Object head;
  const FileDoor *door;
  FileReader *file;
  RowStore rows;     /* as the door gave them */
  u32 at;            /* rows of it given */
  bool done;
} FileObject;

static void fileFree(Object *head) {
  FileObject *o = (FileObject *)head;
  if (o->file) o->door->close(o->file);
  snRowsClear(&o->rows);
  snMemFree(o);
}

static int fileRows(Run *r, FileObject *o, const Table *t) {
  u8 *types = snArenaAlloc(&r->keep, t->ncol + 1);
  if (!types) return SN_NOMEM;
  for (u32 k = 0; k < t->ncol; k++) types[k] = t->col[k].type;
  return snRowsInit(&o->rows, r->budget, types, t->ncol);
}

/* The file may be another one by now. */
static bool fileSame(const Table *a, const Table *b) {
  bool same = a->ncol == b->ncol;
  for (u32 k = 0; same && k < a->ncol; k++)
    same = a->col[k].type == b->col[k].type &&
        !strcmp(a->col[k].name, b->col[k].name);
  return same;
}

static int fileOpen(Run *r, const Instr *i, FileObject **out) {
  const FileDef *d = i->p;
  FileObject *o = (FileObject *)r->obj[i->a];
  *out = o;
  if (o) return SEINE_OK;
  o = snMemZero(r->budget, sizeof *o);
  if (!o) return SN_NOMEM;
  *out = o;
  o->head.free = fileFree;
  r->obj[i->a] = &o->head;
  o->door = snSessionFiles(r->session);
  if (!o->door)
    return snRunFail(r, SEINE_ERROR, "files are closed to this connection");
  int rc = fileRows(r, o, d->table);
  if (!rc) rc = o->door->open(o->door->arg, &d->ask, &o->file, r->error);
  if (rc || fileSame(o->door->table(o->file), d->table)) return rc;
  return snRunFail(r, SEINE_ERROR, "%.160s has changed since the statement "
      "was prepared: prepare it again", d->ask.path);
}

/* What was given goes; the arrays stay for what comes. */
static void fileEmpty(FileObject *o) {
  for (u32 k = 0; k < o->rows.ncol; k++)
    if (o->rows.cap)
      memset(o->rows.col[k].nulls, 0, (o->rows.cap + 63) / 64 * 8);
  o->rows.n = o->at = 0;
  snArenaClear(&o->rows.bytes);
}

/* p: FileDef. */
int opFile(Run *r, const Instr *i) {
  const FileDef *d = i->p;
  FileObject *o;
  int rc = snRunCheck(r);
  if (rc) return rc;
  snRunNewBatch(r);
  rc = fileOpen(r, i, &o);
  while (!rc && o->at == o->rows.n && !o->done) {
    fileEmpty(o);
    rc = o->door->read(o->file, &o->rows, &o->done, r->error);
    if (!rc) rc = snRunCheck(r);
  }
  if (rc) return rc;
  u32 n = SN_MIN(r->batch_rows, o->rows.n - o->at);
  if (!n) {
    r->pc = (u32)i->jump;
    return SEINE_OK;
  }
  rc = snStoreEmit(r, &o->rows, NULL, o->at, n, d->cols);
  o->at += n;
  snSelAll(r->sel + i->sel, n);
  return rc;
}
