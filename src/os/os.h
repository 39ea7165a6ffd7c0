/*
** os: where bytes touch the machine.  Every I/O goes through a table of
** functions, so that tests can put their own machine under the library.
** Threads and the clock are here too.
*/
#ifndef SN_OS_H
#define SN_OS_H
#include "base/base.h"

/* ---- the vfs ------------------------------------------------------------ */

typedef struct Vfs Vfs;
typedef struct File File;

#define OS_READONLY 0x01
#define OS_CREATE   0x02
#define OS_TEMP     0x04 /* no name: gone when closed */

/* Byte-range locks are open-file-description locks: two Files in one process
** conflict as two processes do, and closing one drops only its own. */
typedef enum LockMode { LOCK_NONE, LOCK_SHARED, LOCK_EXCLUSIVE } LockMode;

/* Everything returns rc.  IOERR, FULL, CANTOPEN, BUSY, NOMEM, READONLY. */
struct Vfs {
  const char *name;
  void *state;
  int (*open)(Vfs *v, const char *path, int flags, File **out);
  int (*remove)(Vfs *v, const char *path); /* absent is no error */
  int (*exists)(Vfs *v, const char *path, bool *out);
  i64 (*now_us)(Vfs *v);                   /* wall clock, since 1970 UTC */
  void (*random)(Vfs *v, void *p, u32 n);
  void (*sleep_us)(Vfs *v, u32 us);
};

struct File {
  const struct FileOps *ops;
  Vfs *vfs;
};

struct FileOps {
  void (*close)(File *f); /* frees f, drops its locks */
  /* Reads exactly n bytes; behind the end they are zeros. */
  int (*read)(File *f, u64 at, void *p, size_t n);
  int (*write)(File *f, u64 at, const void *p, size_t n);
  int (*sync)(File *f);                     /* fdatasync */
  int (*size)(File *f, u64 *out);
  int (*truncate)(File *f, u64 n);
  int (*allocate)(File *f, u64 n);          /* grow the file to n bytes */
  int (*writeback)(File *f, u64 at, u64 n); /* start writing; a hint */
  /* Maps [at, at+n) read-only, at a multiple of SN_PAGE.  *p stays 0 when
  ** this file has no maps: the caller reads instead. */
  int (*map)(File *f, u64 at, size_t n, const u8 **p);
  void (*unmap)(File *f, const u8 *p, size_t n);
  /* Sets the lock this File holds on [at, at+n); BUSY when it conflicts. */
  int (*lock)(File *f, u64 at, u64 n, LockMode mode);
  /* The lowest byte of [from, to) that another File holds locked in any
  ** mode, or `to`: never blocks. */
  int (*lowest)(File *f, u64 from, u64 to, u64 *out);
  /* The identity of the file, equal for two Files on the same one. */
  u64 (*ident)(File *f);
};

/* From os_unix.c and os_mem.c.  The memory vfs keeps named files for as long
** as some File or name refers to them, with the same locks and semantics;
** ":memory:" databases open a nameless one. */
SN_FUNC Vfs *snOsUnix(void);
SN_FUNC Vfs *snOsMemory(void);
SN_FUNC Vfs *snOsFind(const char *name); /* NULL name: unix; NULL if none */

#ifdef SEINE_TEST
SN_FUNC void snOsRegister(Vfs *v); /* found by name from now on */
SN_FUNC void snOsUnregister(Vfs *v);
#endif

/* ---- From os_clock.c ---------------------------------------------------- */

SN_FUNC u64 snClockNs(void); /* monotonic, for measuring */
/* Quicker, and in a unit of its own: only shares of a time by snClockNs() are
** had from it. */
SN_FUNC u64 snClockTicks(void);

/* ---- From os_thread.c --------------------------------------------------- */

typedef struct Thread Thread;
/* Runs run(arg) beside the caller.  Signals stay with the other threads.
** NOMEM when there is no thread. */
SN_FUNC int snThreadStart(Budget *b, void (*run)(void *), void *arg,
    Thread **out);
SN_FUNC void snThreadJoin(Thread *t); /* and frees; takes NULL */

/* A lock and the news that what it guards has changed.  Wait needs the lock,
** gives it up while it waits, at most `us` microseconds (0: for ever), and
** may come back for nothing.  Who waits for one of several kinds of news says
** which, below MONITOR_KINDS; Wait and Wake are of kind 0. */
typedef struct Monitor Monitor;
#define MONITOR_KINDS 3u
SN_FUNC int snThreadMonitorNew(Budget *b, Monitor **out);
SN_FUNC void snThreadMonitorFree(Monitor *m); /* takes NULL */
SN_FUNC void snThreadEnter(Monitor *m);
SN_FUNC void snThreadLeave(Monitor *m);
SN_FUNC void snThreadWait(Monitor *m, u32 us);
SN_FUNC void snThreadWake(Monitor *m); /* all who wait */
SN_FUNC void snThreadWaitFor(Monitor *m, u32 kind, u32 us);
SN_FUNC void snThreadWakeFor(Monitor *m, u32 kind);
SN_FUNC void snThreadWakeOne(Monitor *m, u32 kind); /* at least one of them */
/* What one thread hears that others ring: now, or when it comes to hear.  Hear
** may come back for what was rung for earlier. */
typedef struct Bell Bell;
SN_FUNC int snBellNew(Budget *b, Bell **out);
SN_FUNC void snBellFree(Bell *l); /* takes NULL */
SN_FUNC void snBellRing(Bell *l);
SN_FUNC void snBellHear(Bell *l);
/* The one lock of the process, for lists that all its connections share. */
SN_FUNC void snThreadEnterAll(void);
SN_FUNC void snThreadLeaveAll(void);
/* The number of the process: another one after fork(). */
SN_FUNC u64 snThreadProcess(void);

#endif
