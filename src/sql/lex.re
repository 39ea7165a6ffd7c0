/*
** lex: SQL text to tokens (re2c).  The text need not end with a 0 byte.
*/
#include "sql/sqlInt.h"
#include "sql/parse.h"

/* Words of the language, sorted. */
typedef struct LexWord { const char *name; int token; } LexWord;
static const LexWord lex_words[] = {
  {"ADD", TK_ADD}, {"ALL", TK_ALL}, {"ALTER", TK_ALTER},
  {"ANALYZE", TK_ANALYZE}, {"ANALYZER", TK_ANALYZER}, {"AND", TK_AND},
  {"ANTI", TK_ANTI},
  {"ANY", TK_ANY}, {"ARRAY", TK_ARRAY}, {"AS", TK_AS}, {"ASC", TK_ASC},
  {"AUTOINCREMENT", TK_AUTOINCREMENT}, {"BEGIN", TK_BEGIN},
  {"BETWEEN", TK_BETWEEN}, {"BY", TK_BY}, {"CASE", TK_CASE}, {"CAST", TK_CAST},
  {"CHECK", TK_CHECK}, {"COLLATE", TK_COLLATE}, {"COLUMN", TK_COLUMN},
  {"COMMIT", TK_COMMIT}, {"CONFLICT", TK_CONFLICT},
  {"CONSTRAINT", TK_CONSTRAINT}, {"COPY", TK_COPY}, {"CREATE", TK_CREATE},
  {"CROSS", TK_CROSS}, {"CURRENT", TK_CURRENT}, {"DEFAULT", TK_DEFAULT},
  {"DEFERRED", TK_DEFERRED}, {"DELETE", TK_DELETE}, {"DESC", TK_DESC},
  {"DESCRIBE", TK_DESCRIBE}, {"DISTINCT", TK_DISTINCT}, {"DO", TK_DO},
  {"DROP", TK_DROP}, {"ELSE", TK_ELSE}, {"END", TK_END}, {"ESCAPE", TK_ESCAPE},
  {"EXCEPT", TK_EXCEPT}, {"EXCLUDE", TK_EXCLUDE}, {"EXCLUSIVE", TK_EXCLUSIVE},
  {"EXISTS", TK_EXISTS}, {"EXPLAIN", TK_EXPLAIN}, {"FALSE", TK_FALSE},
  {"FILTER", TK_FILTER}, {"FIRST", TK_FIRST}, {"FOLLOWING", TK_FOLLOWING},
  {"FOR", TK_FOR}, {"FOREIGN", TK_FOREIGN},
  {"FROM", TK_FROM}, {"FULL", TK_FULL},
  {"GLOB", TK_GLOB}, {"GROUP", TK_GROUP}, {"GROUPING", TK_GROUPING},
  {"GROUPS", TK_GROUPS}, {"HAVING", TK_HAVING}, {"IF", TK_IF},
  {"IMMEDIATE", TK_IMMEDIATE}, {"IN", TK_IN}, {"INDEX", TK_INDEX},
  {"INNER", TK_INNER}, {"INSERT", TK_INSERT}, {"INTERSECT", TK_INTERSECT},
  {"INTERVAL", TK_INTERVAL}, {"INTO", TK_INTO}, {"IS", TK_IS},
  {"ISNULL", TK_ISNULL}, {"JOIN", TK_JOIN}, {"KEY", TK_KEY}, {"LAST", TK_LAST},
  {"LATERAL", TK_LATERAL},
  {"LEFT", TK_LEFT}, {"LIKE", TK_LIKE}, {"LIMIT", TK_LIMIT},
  {"MATCH", TK_MATCH}, {"MATERIALIZED", TK_MATERIALIZED},
  {"NATURAL", TK_NATURAL}, {"NO", TK_NO}, {"NOT", TK_NOT},
  {"NOTHING", TK_NOTHING}, {"NOTNULL", TK_NOTNULL}, {"NULL", TK_NULL},
  {"NULLS", TK_NULLS}, {"OFFSET", TK_OFFSET}, {"ON", TK_ON},
  {"OPTIMIZE", TK_OPTIMIZE}, {"OR", TK_OR}, {"ORDER", TK_ORDER},
  {"OTHERS", TK_OTHERS}, {"OUTER", TK_OUTER}, {"OVER", TK_OVER},
  {"PARTITION", TK_PARTITION}, {"PERCENT", TK_PERCENT},
  {"PIVOT", TK_PIVOT},
  {"PRAGMA", TK_PRAGMA},
  {"PRECEDING", TK_PRECEDING}, {"PRECISION", TK_PRECISION},
  {"PRIMARY", TK_PRIMARY}, {"QUALIFY", TK_QUALIFY}, {"RANGE", TK_RANGE},
  {"RECURSIVE", TK_RECURSIVE}, {"REFERENCES", TK_REFERENCES},
  {"REGEXP", TK_REGEXP}, {"RELEASE", TK_RELEASE}, {"RENAME", TK_RENAME},
  {"REPEATABLE", TK_REPEATABLE},
  {"REPLACE", TK_REPLACE}, {"RETURNING", TK_RETURNING}, {"RIGHT", TK_RIGHT},
  {"RLIKE", TK_REGEXP}, {"ROLLBACK", TK_ROLLBACK}, {"ROW", TK_ROW},
  {"ROWS", TK_ROWS}, {"SAVEPOINT", TK_SAVEPOINT}, {"SEARCH", TK_SEARCH},
  {"SELECT", TK_SELECT}, {"SEMI", TK_SEMIJOIN}, {"SET", TK_SET},
  {"SETS", TK_SETS}, {"SHOW", TK_SHOW}, {"SOME", TK_SOME},
  {"SUMMARIZE", TK_SUMMARIZE}, {"TABLE", TK_TABLE},
  {"TABLESAMPLE", TK_TABLESAMPLE},
  {"THEN", TK_THEN},
  {"TIES", TK_TIES}, {"TO", TK_TO}, {"TRANSACTION", TK_TRANSACTION},
  {"TRUE", TK_TRUE}, {"TRUNCATE", TK_TRUNCATE},
  {"TRY_CAST", TK_CAST}, {"TYPE", TK_TYPE}, {"UNBOUNDED", TK_UNBOUNDED},
  {"UNION", TK_UNION}, {"UNIQUE", TK_UNIQUE}, {"UNKNOWN", TK_UNKNOWN},
  {"UNPIVOT", TK_UNPIVOT},
  {"UPDATE", TK_UPDATE},
  {"USING", TK_USING}, {"VACUUM", TK_VACUUM}, {"VALUES", TK_VALUES},
  {"VARYING", TK_VARYING}, {"VIEW", TK_VIEW}, {"WHEN", TK_WHEN},
  {"WHERE", TK_WHERE}, {"WINDOW", TK_WINDOW}, {"WITH", TK_WITH},
  {"WITHIN", TK_WITHIN}, {"WITHOUT", TK_WITHOUT},
};

static int lexWord(const char *p, u32 n) {
  u32 lo = 0, hi = SN_COUNT(lex_words);
  while (lo < hi) {
    u32 mid = (lo + hi) / 2;
    const char *w = lex_words[mid].name;
    int c = snAsciiCmp(w, strlen(w), p, n);
    if (!c) return lex_words[mid].token;
    if (c < 0) lo = mid + 1;
    else hi = mid;
  }
  return TK_ID;
}

int snLexNext(const char *sql, u32 n, u32 *at, Token *out) {
  const u8 *base = (const u8 *)sql, *YYCURSOR = base + *at;
  const u8 *YYLIMIT = base + n, *YYMARKER = NULL, *start;
  int t;
again:
  start = YYCURSOR;
  /*!re2c
    re2c:define:YYCTYPE = "unsigned char";
    re2c:yyfill:enable = 0;
    re2c:eof = 0;
    re2c:flags:input = default;

    ident = [a-zA-Z_\x80-\xff][a-zA-Z0-9_$\x80-\xff]*;
    digits = [0-9]([0-9_]*[0-9])?;
    exp = [eE][-+]?[0-9]+;

    $                  { t = 0; goto done; }
    [ \t\r\n\f\v\x00]+ { goto again; }
    "--" [^\n]*        { goto again; }
    "/*" ([^*] | "*"+ [^*/])* ("*"+ "/")? { goto again; }
    "'" ([^'] | "''")* "'"   { t = TK_STRING; goto done; }
    "\"" ([^"] | "\"\"")* "\"" { t = TK_ID; goto done; }
    "`" ([^`] | "``")* "`"   { t = TK_ID; goto done; }
    [xX] "'" [0-9a-fA-F]* "'" { t = TK_BLOB; goto done; }
    ident              {
      t = lexWord((const char *)start, (u32)(YYCURSOR - start));
      goto done;
    }
    "0" [xX] [0-9a-fA-F]+ { t = TK_INTEGER; goto done; }
    digits             { t = TK_INTEGER; goto done; }
    digits "." [0-9]* exp? | "." digits exp? | digits exp
                       { t = TK_FLOAT; goto done; }
    digits ident | digits "." [0-9]* ident | "." digits ident
                       { t = TK_ILLEGAL; goto done; }
    "?" [0-9]* | [:@$] ident { t = TK_PARAM; goto done; }
    "::"  { t = TK_COLONCOLON; goto done; }
    ":"   { t = TK_COLON; goto done; }
    "||"  { t = TK_CONCAT; goto done; }
    "<>" | "!=" { t = TK_NE; goto done; }
    "<="  { t = TK_LE; goto done; }
    ">="  { t = TK_GE; goto done; }
    "=>"  { t = TK_ARROW; goto done; }
    "->"  { t = TK_JSONGET; goto done; }
    "->>" { t = TK_JSONTEXT; goto done; }
    "=" "="? { t = TK_EQ; goto done; }
    "<<"  { t = TK_LSHIFT; goto done; }
    ">>"  { t = TK_RSHIFT; goto done; }
    "&"   { t = TK_BITAND; goto done; }
    "|"   { t = TK_BITOR; goto done; }
    "~"   { t = TK_BITNOT; goto done; }
    "<"   { t = TK_LT; goto done; }
    ">"   { t = TK_GT; goto done; }
    "+"   { t = TK_PLUS; goto done; }
    "-"   { t = TK_MINUS; goto done; }
    "*"   { t = TK_STAR; goto done; }
    "//"  { t = TK_IDIV; goto done; }
    "/"   { t = TK_SLASH; goto done; }
    "%"   { t = TK_REM; goto done; }
    "("   { t = TK_LP; goto done; }
    ")"   { t = TK_RP; goto done; }
    "["   { t = TK_LB; goto done; }
    "]"   { t = TK_RB; goto done; }
    ","   { t = TK_COMMA; goto done; }
    "."   { t = TK_DOT; goto done; }
    ";"   { t = TK_SEMI; goto done; }
    *     { t = TK_ILLEGAL; goto done; }
  */
done:
  out->p = (const char *)start;
  out->n = (u32)(YYCURSOR - start);
  out->at = (u32)(start - base);
  *at = (u32)(YYCURSOR - base);
  return t;
}

bool snLexSame(const char *a, u32 na, const char *b, u32 nb) {
  u32 at = 0, bt = 0;
  Token x, y;
  int t;
  while ((t = snLexNext(a, na, &at, &x))) {
    if (snLexNext(b, nb, &bt, &y) != t || x.n != y.n) return false;
    bool quoted = strchr("'\"`", *x.p) != NULL;
    if (t == TK_PARAM && x.n == 1) return false;
    if (quoted ? memcmp(x.p, y.p, x.n) : !snAsciiEq(x.p, x.n, y.p, y.n))
      return false;
  }
  return !snLexNext(b, nb, &bt, &y);
}

/* Only the end matters: the last token that is no blank is a semicolon and
** no quote is open. */
bool snSqlComplete(const char *sql) {
  size_t n = strlen(sql);
  u32 at = 0;
  int t, last = 0;
  Token k;
  if (n > INT32_MAX) return true;
  while ((t = snLexNext(sql, (u32)n, &at, &k))) {
    last = t;
    if (t == TK_ILLEGAL && (k.p[0] == '\'' || k.p[0] == '"' ||
                               k.p[0] == '`'))
      return false;
  }
  const char *open = NULL; /* a comment that is not closed */
  for (const char *p = strstr(sql, "/*"); p; p = strstr(p + 2, "/*"))
    open = p;
  if (open && !strstr(open, "*/") && last != TK_SEMI) return false;
  return last == TK_SEMI;
}

void snSqlRedact(const char *sql, size_t n, Buf *out) {
  u32 at = 0, end = 0;
  Token k;
  int t;
  while ((t = snLexNext(sql, (u32)n, &at, &k))) {
    if (out->n && k.at > end) snBufByte(out, ' ');
    end = at;
    if (t == TK_STRING || t == TK_INTEGER || t == TK_FLOAT || t == TK_BLOB ||
        t == TK_ILLEGAL)
      snBufByte(out, '?');
    else snBufAdd(out, k.p, k.n);
  }
}
