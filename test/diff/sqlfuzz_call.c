/*
** sqlfuzz_call: functions and conditions of one line, by chance.
**
** In a line @i is an expression of type i, and so on; @1 is the first of them
** again.  Lines behind an 'S' are what Seine alone knows: SQLite is not asked,
** but segments, batches and threads are.  Nothing here depends on the order
** of rows, and the sum of what it gives is exact.
*/
#include "sqlfuzz_gen.h"

typedef struct Call {
  char type, alone;
  const char *text;
} Call;

static const Call calls[] = {
  {'s', 0, "ltrim(@s, 'ab')"}, {'s', 0, "rtrim(@s, 'b ')"},
  {'s', 0, "trim(@s, 'a')"}, {'s', 0, "substr(@s, -2)"},
  {'s', 0, "substr(@s, @i % 9, 2)"}, {'s', 0, "substr(@s, 2, @i % 9)"},
  {'s', 0, "hex(ifnull(@s, 'b'))"}, {'s', 0, "quote(@s)"}, {'s', 0, "quote(@i)"},
  {'s', 0, "CAST(@i AS TEXT)"},
  {'s', 0, "(@s || @i)"}, {'s', 0, "printf('%d-%s', @i, @s)"},
  {'s', 0, "iif(@b, @s, @s)"}, {'s', 0, "ifnull(@s, @s)"},
  {'s', 0, "min(@s, @s)"}, {'s', 0, "max(@s, @s, @s)"},
  {'s', 0, "replace(@s, 'b', @s)"}, {'s', 0, "strftime('%d/%m', @d)"},
  {'d', 0, "date(@d, '+1 day')"}, {'s', 0, "coalesce(NULL, @s, @s)"},
  {'s', 0, "CASE WHEN @b THEN @s WHEN @b THEN @s END"},
  {'s', 0, "CASE WHEN @b THEN 'a' WHEN @b THEN 'b' ELSE 'ab' END"},
  {'i', 0, "(@i & @i)"}, {'i', 0, "(@i | @i)"}, {'i', 0, "(~ @i)"},
  {'i', 0, "(@i << (@i % 8))"}, {'i', 0, "(@i >> (@i % 8))"},
  {'i', 0, "CAST(@r AS INTEGER)"}, {'i', 0, "CAST(@b AS INTEGER)"},
  {'i', 0, "unicode(@s)"}, {'i', 0, "min(@i, @i)"},
  {'i', 0, "max(@i, @i, @i)"}, {'i', 0, "iif(@b, @i, @i)"},
  {'i', 0, "ifnull(@i, @i)"}, {'i', 0, "sign(@i)"}, {'i', 0, "(@b + @b)"},
  {'i', 0, "length(quote(@s))"}, {'i', 0, "CAST(strftime('%d', @d) AS INTEGER)"},
  {'i', 0, "(@i % 3)"}, {'i', 0, "(@i / 2)"}, {'i', 0, "(@i * 0)"},
  {'i', 0, "CASE @i WHEN 1 THEN @i WHEN 2 THEN @i ELSE @i END"},
  {'i', 0, "CASE WHEN @b THEN 1 WHEN @b THEN 2 END"},
  {'i', 0, "(@i - @1)"}, {'i', 0, "coalesce(@1, NULL, @i, @i)"},
  {'r', 0, "round(@r)"}, {'r', 0, "min(@r, @r)"}, {'r', 0, "max(@r, @r)"},
  {'r', 0, "floor(@r)"}, {'r', 0, "ceil(@r)"}, {'r', 0, "iif(@b, @r, @r)"},
  {'r', 0, "ifnull(@r, @r)"}, {'r', 0, "julianday(@d)"},
  {'r', 0, "(@i * 0.5)"}, {'r', 0, "(0.25 - @i)"}, {'r', 0, "(@r - @1)"},
  {'d', 0, "iif(@b, @d, @d)"}, {'d', 0, "min(@d, @d)"},
  {'d', 0, "ifnull(@d, @d)"},
  {'b', 0, "(@b IS TRUE)"}, {'b', 0, "(@b IS NOT TRUE)"},
  {'b', 0, "(@b IS FALSE)"}, {'b', 0, "(@b IS NOT FALSE)"},
  {'b', 0, "(@s LIKE @s || '%')"}, {'b', 0, "(@s LIKE 'a! %' ESCAPE '!')"},
  {'b', 0, "(@s GLOB 'a*')"}, {'b', 0, "(@s NOT GLOB '*[b-z]')"},
  {'b', 0, "((@i, @s) = (@i, @s))"}, {'b', 0, "((@i, @s) <> (@i, @s))"},
  {'b', 0, "((@i, @r) < (@i, @r))"}, {'b', 0, "((@i, @i) >= (@i, @i))"},
  {'b', 0, "((@i, @i) IN (VALUES (1, 2), (3, NULL), (0, 0)))"},
  {'b', 0, "((@i, @s) NOT IN (VALUES (1, 'a'), (2, 'b')))"},
  {'b', 0, "(@i IN (VALUES (1), (NULL)))"}, {'b', 0, "(@i < @r)"},
  {'b', 0, "(@i = @r)"}, {'b', 0, "(@r BETWEEN @i AND @i)"},
  {'b', 0, "(@i IN (0, 0.5, 2))"}, {'b', 0, "(@i >= 1.5)"},
  {'b', 0, "(@i <= -0.5)"}, {'b', 0, "(@s COLLATE NOCASE = @s)"},
  {'b', 0, "(@s COLLATE NOCASE < @s)"}, {'b', 0, "(@b = @b)"},
  {'b', 0, "(@b <> @b)"}, {'b', 0, "(@b < @b)"}, {'b', 0, "coalesce(@b, @b)"},
  {'b', 0, "CASE WHEN @b THEN @b ELSE @b END"},
  {'b', 0, "iif(@b, @b, FALSE)"}, {'b', 0, "(@b IN (TRUE, NULL))"},
  {'b', 0, "(@d < '2026-02-28')"}, {'b', 0, "(@d NOT BETWEEN @d AND @d)"},
  {'b', 0, "(@d IN ('2026-02-27', '2026-02-28'))"},
  {'b', 0, "(@b AND @b AND @b)"}, {'b', 0, "(@b OR @b OR @b OR @b)"},
  {'b', 0, "((@b AND @b) OR (@b AND @b))"},
  {'b', 0, "((@b AND @b) OR (@1 AND @b))"},
  {'b', 0, "((@b OR @b) AND (@1 OR @b))"}, {'b', 0, "(@b OR NOT @1)"},
  {'b', 0, "(@b AND NOT @1)"}, {'b', 0, "(NOT (@b AND @b))"},
  {'b', 0, "(NOT (@b OR NOT @b))"}, {'b', 0, "(NOT (@i = 1 OR @1 > 3))"},
  {'b', 0, "(@i = 1 OR @1 = 3 OR @1 IS NULL)"},
  {'b', 0, "(@i = 1 OR @1 IN (2, 3) OR @1 > 4)"},
  {'b', 0, "(@i > 0 AND @1 < 4)"}, {'b', 0, "(@i > 0 AND @1 >= 2)"},
  {'b', 0, "(@i = 1 AND @1 = 2)"}, {'b', 0, "(@i <> 1 AND @1 <> 2)"},
  {'b', 0, "(@i BETWEEN 1 AND 3 AND @1 IN (0, 2, 3, NULL))"},
  {'b', 0, "(@i NOT IN (1, 2) AND @1 > 0)"},
  {'b', 0, "(@s = 'a' OR @1 = 'b' OR @1 > 'zz')"},
  {'b', 0, "(@s >= 'a' AND @1 < 'b')"}, {'b', 0, "(@s <> 'a' AND @1 <> '')"},
  {'b', 0, "(@s IN ('a', 'ab', 'zz') AND @1 <> 'ab')"},
  {'b', 0, "(@s LIKE 'a%' AND @1 NOT LIKE '%b')"},
  {'b', 0, "(@r > 0.5 OR @1 <= 0.5)"}, {'b', 0, "(@r > 0.5 AND @1 <= 0.5)"},
  {'b', 0, "(@i + 1 = 3)"}, {'b', 0, "(1 < @i)"}, {'b', 0, "(- @i < 1)"},
  {'b', 0, "(@i * 2 >= 4)"}, {'b', 0, "(@i - 1 BETWEEN 0 AND 2)"},
  {'b', 0, "(2 - @i > 0)"}, {'b', 0, "(@i / 2 = 1)"}, {'b', 0, "(@i = @1)"},
  {'b', 0, "(@s <= @1)"}, {'b', 0, "(@r <> @1)"}, {'b', 0, "(@i IS @1)"},
  {'b', 0, "(coalesce(@i, 0) = 0)"}, {'b', 0, "(coalesce(@s, 'a') = 'a')"},
  {'b', 0, "(CASE WHEN @b THEN 1 ELSE 0 END = 1)"},
  {'b', 0, "(CASE WHEN @b THEN 'a' WHEN @b THEN 'b' END <> 'a')"},
  {'b', 0, "(nullif(@i, 1) IS NULL)"}, {'b', 0, "(@b IS NULL)"},
  {'b', 0, "(length(@s) > 1)"}, {'b', 0, "(lower(@s) = 'b')"},
  {'b', 0, "(substr(@s, 1, 1) = 'a')"}, {'b', 0, "(abs(@i) = 2)"},

  {'s', 'S', "reverse(@s)"}, {'s', 'S', "initcap(@s)"},
  {'s', 'S', "left(@s, @i)"}, {'s', 'S', "right(@s, 2)"},
  {'s', 'S', "split_part(@s, ' ', 2)"}, {'s', 'S', "lpad(@s, 4, 'x')"},
  {'s', 'S', "rpad(@s, 3)"}, {'s', 'S', "repeat(@s, 2)"},
  {'s', 'S', "translate(@s, 'ab', 'ba')"}, {'s', 'S', "concat(@s, @i, @r)"},
  {'s', 'S', "concat_ws('-', @s, @s)"}, {'s', 'S', "fold(@s)"},
  {'s', 'S', "regexp_replace(@s, 'a+', '<\\0>')"},
  {'s', 'S', "regexp_extract(@s, '[a-z]+')"}, {'s', 'S', "md5(@s)"},
  {'s', 'S', "soundex(@s)"}, {'s', 'S', "overlay(@s, 'Z', 2)"},
  {'s', 'S', "greatest(@s, @s)"}, {'s', 'S', "least(@s, @s)"},
  {'s', 'S', "CAST(@d AS TEXT)"}, {'s', 'S', "CAST(@b AS TEXT)"},
  {'s', 'S', "CAST(@r AS TEXT)"}, {'s', 'S', "dayname(@d)"},
  {'s', 'S', "array_to_string(sort_array(split(@s, ' ')), ',')"},
  {'s', 'S', "array_to_string(array_distinct(make_array(@s, @s)), ',')"},
  {'s', 'S', "json_get_text(json_object('k', @s, 'l', @i), 'k')"},
  {'s', 'S', "base64(@s)"}, {'s', 'S', "nvl2(@s, @s, @s)"},
  {'i', 'S', "levenshtein(@s, @s)"}, {'i', 'S', "gcd(@i, @i)"},
  {'i', 'S', "bit_count(@i)"}, {'i', 'S', "(hash(@s, @i) & 255)"},
  {'i', 'S', "(hash(@d, @r) & 255)"}, {'i', 'S', "crc32(@s)"},
  {'i', 'S', "date_diff('day', @d, @d)"}, {'i', 'S', "day(@d)"},
  {'i', 'S', "dow(@d)"}, {'i', 'S', "greatest(@i, @i)"},
  {'i', 'S', "CAST(@s AS INTEGER)"}, {'i', 'S', "regexp_count(@s, 'a')"},
  {'i', 'S', "array_length(split(@s, ' '))"},
  {'i', 'S', "array_position(make_array(@i, @i, 3), 3)"},
  {'i', 'S', "octet_length(@s)"}, {'i', 'S', "bucket(@i, 3)"},
  {'r', 'S', "greatest(@r, @i)"}, {'r', 'S', "CAST(@s AS REAL)"},
  {'r', 'S', "trunc(@r)"}, {'r', 'S', "CAST(@b AS REAL)"},
  {'d', 'S', "greatest(@d, @d)"}, {'d', 'S', "last_day(@d)"},
  {'d', 'S', "make_date(2026, 2, 1 + abs(@i) % 28)"},
  {'b', 'S', "contains(@s, @s)"}, {'b', 'S', "starts_with(@s, 'a')"},
  {'b', 'S', "ends_with(@s, @s)"},
  {'b', 'S', "(@s REGEXP '^[ab]+$')"}, {'b', 'S', "(@s SIMILAR TO '(a|b)%')"},
  {'b', 'S', "array_contains(split(@s, ' '), 'a')"},
  {'b', 'S', "(@s BETWEEN 'a' AND 'b' AND @1 REGEXP 'b')"}
};

static Node *callNode(const Call *c, Scope *s, int depth) {
  Node *list = node('-', ""), *first = 0;
  const char *p = c->text, *at;
  for (; (at = strchr(p, '@')) != 0; p = at + 2) {
    Node *arg = at[1] == '1' && first ? first :
        genExpr(s, at[1] == '1' ? c->type : at[1], depth);
    if (!first) first = arg;
    list = node('-', "%n%s%n", list, genText("%.*s", (int)(at - p), p), arg);
  }
  return node(c->type, "%n%s", list, p);
}

Node *genCall(Scope *s, char type, int depth) {
  int i, n = sizeof calls / sizeof *calls;
  for (i = below(n); calls[i].type != type || (genPeer && calls[i].alone);)
    i = below(n);
  return callNode(&calls[i], s, depth);
}
