/*
** sql: from text to program: tokens, grammar, names and types, plan, code.
*/
#ifndef SN_SQL_H
#define SN_SQL_H
#include "vm/vm.h"

typedef struct SqlError {
  char message[512];
  char hint[256];    /* what to try, or "" */
  i32 offset;        /* byte of the text, or -1 */
} SqlError;

/* Compiles the first statement of the text.  *tail: what follows it.
** *out = 0 with OK: there was none.  types: of the parameters as bound (NULL:
** TEXT); a program is good while the session's cookie and these types stay.*/
SN_FUNC int snSqlCompile(Session *s, const char *sql, size_t n,
    const u8 *param_types, u32 nparams, Program **out, const char **tail,
    SqlError *err);
/* The text with ? for every literal, and without comments. */
SN_FUNC void snSqlRedact(const char *sql, size_t n, Buf *out);
/* True when the text ends a statement (for shells). */
SN_FUNC bool snSqlComplete(const char *sql);

#endif
