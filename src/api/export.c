/*
** export: files that SQL writes: the door of COPY TO.
**
** A file is written under another name beside its own, with the number of a
** clock and of the process in it, and takes its name when it is whole and on
** the disk: who reads it sees the old one or the new one.  When the statement
** fails it is removed.
*/
#include "api/import.h"

#define EXPORT_TRIES 16u

struct FileWriter {
  Vfs *vfs;
  File *file;
  char *path, *aside;
  u64 at;
};

static void exportDrop(FileWriter *w, bool remove) {
  if (w->file) w->file->ops->close(w->file);
  if (remove && w->file) (void)w->vfs->remove(w->vfs, w->aside);
  snMemFree(w->path);
  snMemFree(w->aside);
  snMemFree(w);
}

static int exportCannot(const char *path, const char *why, int rc,
    char *error) {
  if (rc != SEINE_NOMEM && error)
    snprintf(error, 256, "cannot write the file %.150s: %s", path, why);
  return rc;
}

/* A name beside the path that nothing has. */
static int exportAside(FileWriter *w, char *error) {
  size_t n = strlen(w->path) + 32;
  bool there = true;
  int rc = SEINE_OK;
  for (u32 k = 0; !rc && there && k < EXPORT_TRIES; k++) {
    u64 x;
    w->vfs->random(w->vfs, &x, sizeof x);
    snprintf(w->aside, n, "%s.%016llx.part", w->path, (unsigned long long)x);
    rc = w->vfs->exists(w->vfs, w->aside, &there);
  }
  if (!rc && there) rc = SEINE_CANTOPEN;
  if (!rc) rc = w->vfs->open(w->vfs, w->aside, OS_CREATE, &w->file);
  return rc ? exportCannot(w->path, "is its folder there, and may it be "
      "written to?", rc, error) : SEINE_OK;
}

int snExportCreate(void *arg, const char *path, FileWriter **out,
    char *error) {
  Budget *b = snDbBudget(arg);
  FileWriter *w = snMemZero(b, sizeof *w);
  size_t n = strlen(path);
  *out = NULL;
  if (!w) return SN_NOMEM;
  w->vfs = snOsUnix();
  w->path = snMemAlloc(b, n + 1);
  w->aside = snMemAlloc(b, n + 32);
  int rc = w->path && w->aside ? SEINE_OK : SN_NOMEM;
  if (!rc) {
    memcpy(w->path, path, n + 1);
    rc = exportAside(w, error);
  }
  if (rc) exportDrop(w, true);
  else *out = w;
  return rc;
}

int snExportWrite(FileWriter *w, const void *p, size_t n, char *error) {
  int rc = w->file->ops->write(w->file, w->at, p, n);
  w->at += n;
  return rc ? exportCannot(w->path, "the disk may be full", rc, error)
            : SEINE_OK;
}

int snExportFinish(FileWriter *w, bool keep, char *error) {
  int rc = keep ? w->file->ops->sync(w->file) : SEINE_OK;
  if (rc) (void)exportCannot(w->path, "it did not reach the disk", rc, error);
  if (!rc && keep && rename(w->aside, w->path)) {
    rc = SEINE_CANTOPEN;
    (void)exportCannot(w->path, "something else has this name", rc, error);
  }
  exportDrop(w, rc || !keep);
  return rc;
}

#undef EXPORT_TRIES
