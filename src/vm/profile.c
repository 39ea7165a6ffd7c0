/*
** profile: what did each instruction of a run cost?  Counts while it runs, and
** shows programs, measured or not, as JSON and as a page.
**
** Invariants: (1) the clock is read once between two instructions: what an
** instruction took is the difference of two readings, and no time between the
** first and the last of a step belongs to none; the caller's time belongs to
** none; (2) nothing is counted per row: rows are those of selections, blocks
** and bytes are counted where blocks are decoded (snSegmentReads), by this
** thread; (3) a run without a profile pays for one test a step.
*/
#include "vm/vmInt.h"

/* What an instruction does with its rows.  What is not here may do anything:
** its rows are counted before and after. */
typedef enum ProfileKind {
  PROFILE_ANY,
  PROFILE_NONE,      /* has no rows */
  PROFILE_VALUE,     /* computes a value of each: they stay */
  PROFILE_SOURCE,    /* gives rows; at their end it jumps */
  PROFILE_GATE,      /* lets rows pass, or jumps */
  PROFILE_SINK       /* takes rows and gives none */
} ProfileKind;

static const u8 profile_kinds[OP_COUNT] = {
  [OP_Halt] = PROFILE_NONE, [OP_Goto] = PROFILE_NONE,
  [OP_Call] = PROFILE_NONE, [OP_Return] = PROFILE_NONE,
  [OP_Again] = PROFILE_NONE, [OP_Const] = PROFILE_NONE,
  [OP_Param] = PROFILE_NONE, [OP_Now] = PROFILE_NONE,
  [OP_MatchTop] = PROFILE_NONE, [OP_MatchCount] = PROFILE_NONE,
  [OP_Extreme] = PROFILE_NONE,
  [OP_Sort] = PROFILE_NONE, [OP_WinRun] = PROFILE_NONE,
  [OP_BuildEnd] = PROFILE_NONE, [OP_Parts] = PROFILE_NONE,
  [OP_LookOne] = PROFILE_NONE,
  [OP_Applied] = PROFILE_NONE, [OP_RowsNext] = PROFILE_NONE,
  [OP_Write] = PROFILE_NONE, [OP_Ddl] = PROFILE_NONE,
  [OP_Admin] = PROFILE_NONE, [OP_Txn] = PROFILE_NONE,
  [OP_Vacuum] = PROFILE_NONE,
  [OP_Move] = PROFILE_VALUE, [OP_Column] = PROFILE_VALUE,
  [OP_RowRef] = PROFILE_VALUE, [OP_Fetch] = PROFILE_VALUE,
  [OP_Score] = PROFILE_VALUE, [OP_Why] = PROFILE_VALUE,
  [OP_MatchBits] = PROFILE_VALUE, [OP_Mark] = PROFILE_VALUE,
  [OP_Empty] = PROFILE_VALUE, [OP_Split] = PROFILE_VALUE,
  [OP_Arith] = PROFILE_VALUE, [OP_Neg] = PROFILE_VALUE,
  [OP_Compare] = PROFILE_VALUE, [OP_Is] = PROFILE_VALUE,
  [OP_And] = PROFILE_VALUE, [OP_Or] = PROFILE_VALUE,
  [OP_Not] = PROFILE_VALUE, [OP_IsNull] = PROFILE_VALUE,
  [OP_Blend] = PROFILE_VALUE, [OP_Fold] = PROFILE_VALUE,
  [OP_Cast] = PROFILE_VALUE,
  [OP_Func] = PROFILE_VALUE, [OP_Like] = PROFILE_VALUE,
  [OP_Concat] = PROFILE_VALUE, [OP_In] = PROFILE_VALUE,
  [OP_GroupKey] = PROFILE_VALUE, [OP_GroupAgg] = PROFILE_VALUE,
  [OP_PairBuild] = PROFILE_VALUE, [OP_PairProbe] = PROFILE_VALUE,
  [OP_Look] = PROFILE_VALUE, [OP_Stored] = PROFILE_VALUE,
  [OP_Result] = PROFILE_VALUE,
  [OP_One] = PROFILE_SOURCE, [OP_Next] = PROFILE_SOURCE,
  [OP_Tops] = PROFILE_SOURCE, [OP_Groups] = PROFILE_SOURCE,
  [OP_Sorted] = PROFILE_SOURCE, [OP_Table] = PROFILE_SOURCE,
  [OP_File] = PROFILE_SOURCE, [OP_Pairs] = PROFILE_SOURCE,
  [OP_Domain] = PROFILE_SOURCE, [OP_Rows] = PROFILE_SOURCE,
  [OP_Moved] = PROFILE_SOURCE, [OP_Limit] = PROFILE_GATE,
  [OP_Element] = PROFILE_GATE,
  [OP_Group] = PROFILE_SINK, [OP_SortAdd] = PROFILE_SINK,
  [OP_BuildAdd] = PROFILE_SINK,
  [OP_LookAdd] = PROFILE_SINK, [OP_LookTake] = PROFILE_SINK,
  [OP_RowsAdd] = PROFILE_SINK, [OP_Delete] = PROFILE_SINK,
  [OP_Update] = PROFILE_SINK,
};

/* ---- counting ----------------------------------------------------------- */

int snRunProfile(Run *r) {
  u32 n = r->prog->n;
  Profile *f = snArenaZero(&r->keep, sizeof *f);
  if (f) f->row = snArenaZero(&r->keep, (n + 2ull) * sizeof *f->row);
  if (!f || !f->row) return SN_NOMEM;
  f->n = n;
  r->profile = f;
  return SEINE_OK;
}

const Profile *snRunProfiled(const Run *r) { return r->profile; }

/* What was counted since the last time belongs to row `at`. */
static void profileTake(Run *r, u32 at) {
  Profile *f = r->profile;
  ProfileRow *w = f->row + at;
  const SegmentReads *s = snSegmentReads();
  u64 now = snClockTicks();
  w->calls++;
  w->ticks += (i64)(now - f->last);
  w->windows += r->stats.windows - f->stats.windows;
  w->skipped += r->stats.skipped - f->stats.skipped;
  w->blocks += s->blocks - f->reads.blocks;
  w->opened += s->opened - f->reads.opened;
  w->bytes += s->bytes - f->reads.bytes;
  f->last = now;
  f->stats = r->stats;
  f->reads = *s;
}

void snProfileEnter(Run *r) {
  Profile *f = r->profile;
  f->reads = *snSegmentReads();
  f->entered_ns = snClockNs();
  f->entered = f->last = snClockTicks();
}

void snProfileBegun(Run *r) { profileTake(r, r->profile->n); }

/* Counted once while the selection stays. */
static u64 profileRows(const Run *r, const Instr *i) {
  Profile *f = r->profile;
  const Sel *s = i->sel < r->prog->nsel ? r->sel + i->sel : NULL;
  if (!s) return 0;
  if (f->sel != i->sel + 1u) f->count = snBitsCount(s->bits, (s->n + 63) / 64);
  f->sel = i->sel + 1u;
  return f->count;
}

u64 snProfileRowsIn(Run *r, const Instr *i) {
  u8 kind = profile_kinds[i->op];
  if (kind == PROFILE_NONE || kind == PROFILE_SOURCE) return 0;
  return profileRows(r, i);
}

void snProfileCount(Run *r, const Instr *i, u32 at, u64 in) {
  Profile *f = r->profile;
  ProfileRow *w = f->row + at;
  u8 kind = profile_kinds[i->op];
  /* Who jumps at the end leaves the rows of before in the selection. */
  bool over = (kind == PROFILE_SOURCE || kind == PROFILE_GATE) &&
      i->jump >= 0 && r->pc != at + 1;
  w->in += (i64)in;
  if (kind != PROFILE_VALUE || i->op == OP_Split) f->sel = 0;
  if (kind == PROFILE_VALUE) w->out += (i64)in;
  else if (kind != PROFILE_NONE && kind != PROFILE_SINK && !over)
    w->out += (i64)profileRows(r, i);
  if (i->op == OP_Result) f->rows += (i64)in;
  profileTake(r, at);
}

void snProfileLeave(Run *r, int rc) {
  Profile *f = r->profile;
  if (rc != SEINE_ROW) profileTake(r, f->n + 1);
  f->ticks += (i64)(snClockTicks() - f->entered);
  f->wall += (i64)(snClockNs() - f->entered_ns);
}

void snProfileAdd(Profile *f, const Profile *twin) {
  for (u32 i = 0; i < f->n; i++) {
    ProfileRow *w = f->row + i;
    const ProfileRow *t = twin->row + i;
    w->calls += t->calls;
    w->in += t->in;
    w->out += t->out;
    w->windows += t->windows;
    w->skipped += t->skipped;
    w->blocks += t->blocks;
    w->opened += t->opened;
    w->bytes += t->bytes;
  }
  f->stats.windows += twin->stats.windows;
  f->stats.skipped += twin->stats.skipped;
}

i64 snProfileNs(const Profile *f, i64 ticks) {
  double all = f->ticks > 0 ? (double)f->ticks : 1;
  return (i64)((double)ticks / all * (double)f->wall + 0.5);
}

u32 snProfileMost(const Profile *f) {
  u32 most = 0;
  for (u32 i = 1; i < f->n + 2; i++)
    if (f->row[i].ticks > f->row[most].ticks) most = i;
  return most;
}

/* ---- as JSON ------------------------------------------------------------- */

/* "name":"text" */
static void profileText(Buf *out, const char *name, const char *text,
    size_t n) {
  snBufPrintf(out, ",\"%s\":", name);
  snBufJson(out, text, n);
}

static void profileCosts(Buf *out, const Profile *f, const ProfileRow *w) {
  snBufPrintf(out, ",\"calls\":%lld,\"rows_in\":%lld,\"rows_out\":%lld,"
      "\"windows\":%lld,\"windows_skipped\":%lld", (long long)w->calls,
      (long long)w->in, (long long)w->out, (long long)w->windows,
      (long long)w->skipped);
  snBufPrintf(out, ",\"blocks\":%lld,\"blocks_skipped\":%lld,"
      "\"bytes\":%lld,\"ns\":%lld", (long long)w->blocks,
      (long long)snProfilePassed(w), (long long)w->bytes,
      (long long)snProfileNs(f, w->ticks));
}

void snProfileJson(const Program *p, const Profile *f, const char *sql,
    Buf *out) {
  Buf ops, note;
  snBufInit(&ops, p->budget);
  snBufInit(&note, p->budget);
  snBufStr(out, "{\"statement\":");
  snBufJson(out, sql, strlen(sql));
  if (f)
    snBufPrintf(out, ",\"rows\":%lld,\"ns\":%lld,\"begin_ns\":%lld,"
        "\"end_ns\":%lld", (long long)f->rows, (long long)f->wall,
        (long long)snProfileNs(f, f->row[f->n].ticks),
        (long long)snProfileNs(f, f->row[f->n + 1].ticks));
  snBufStr(out, ",\"instructions\":[");
  for (u32 i = 0; i < p->n; i++) {
    const char *name = snProgName(p->code[i].op);
    ops.n = note.n = 0;
    snProgText(p, i, &ops, &note);
    snBufPrintf(out, "%s\n{\"addr\":%u", i ? "," : "", i);
    profileText(out, "opcode", name, strlen(name));
    profileText(out, "operands", (const char *)ops.data, ops.n);
    profileText(out, "comment", (const char *)note.data, note.n);
    if (f) profileCosts(out, f, f->row + i);
    snBufByte(out, '}');
  }
  snBufStr(out, "\n]}");
  if (ops.rc || note.rc) out->rc = ops.rc ? ops.rc : note.rc;
  snBufClear(&ops);
  snBufClear(&note);
}

/* ---- as a page ----------------------------------------------------------- */

#define PROFILE_SLICES 8u   /* of the pie, and one for the rest */
#define PROFILE_TURN   6.283185307179586

static const char profile_head[] =
    "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\n"
    "<title>Seine: %s</title>\n<style>\n"
    "body{font:14px system-ui,sans-serif;margin:2em;color:#222}\n"
    "pre{background:#f4f4f4;padding:.8em;white-space:pre-wrap}\n"
    "table{border-collapse:collapse}\n"
    "td,th{padding:.2em .7em;border-bottom:1px solid #ddd;text-align:left}\n"
    "td.n,th.n{text-align:right;font-variant-numeric:tabular-nums}\n"
    "td.c{font-family:monospace}\n"
    ".pie{display:flex;align-items:center;gap:2em;margin:1em 0}\n"
    ".pie li{list-style:none}\n"
    ".pie i{display:inline-block;width:.8em;height:.8em;margin-right:.5em}\n"
    "</style></head><body>\n";

static const char *const profile_colours[PROFILE_SLICES + 1] = {
    "#4269d0", "#efb118", "#ff725c", "#6cc5b0", "#3ca951", "#ff8ab7",
    "#a463f2", "#97bbf5", "#9c9c9c"};

static void profileHtml(Buf *out, const char *s, size_t n) {
  for (size_t i = 0; i < n; i++) {
    if (s[i] == '<') snBufStr(out, "&lt;");
    else if (s[i] == '>') snBufStr(out, "&gt;");
    else if (s[i] == '&') snBufStr(out, "&amp;");
    else if (s[i] == '"') snBufStr(out, "&quot;");
    else snBufByte(out, (u8)s[i]);
  }
}

/* What row i of the profile is called. */
static void profileName(const Program *p, u32 i, Buf *out) {
  if (i == p->n) snBufStr(out, "begin");
  else if (i == p->n + 1) snBufStr(out, "end");
  else snBufPrintf(out, "%u %s", i, snProgName(p->code[i].op));
}

/* One slice, of the circle about 0 with radius 100, from the top on. */
static void profileSlice(Buf *out, double from, double part,
    const char *colour) {
  double a = from * PROFILE_TURN, b = (from + part) * PROFILE_TURN;
  if (part > 0.9999) {
    snBufPrintf(out, "<circle r=\"100\" fill=\"%s\"/>\n", colour);
    return;
  }
  snBufPrintf(out, "<path fill=\"%s\" d=\"M0 0L%.2f %.2fA100 100 0 %d 1 "
      "%.2f %.2fZ\"/>\n", colour, 100 * sin(a), -100 * cos(a), part > 0.5,
      100 * sin(b), -100 * cos(b));
}

/* The rows that took longest, most first: out has room for them; the number
** of them. */
static u32 profileLargest(const Profile *f, u32 out[PROFILE_SLICES]) {
  u32 n = 0;
  for (u32 i = 0; i < f->n + 2; i++) {
    u32 at = n;
    if (!f->row[i].ticks) continue;
    while (at && f->row[out[at - 1]].ticks < f->row[i].ticks) at--;
    if (at == PROFILE_SLICES) continue;
    if (n < PROFILE_SLICES) n++;
    memmove(out + at + 1, out + at, (n - 1 - at) * sizeof *out);
    out[at] = i;
  }
  return n;
}

static void profilePie(const Program *p, const Profile *f, Buf *out) {
  u32 largest[PROFILE_SLICES];
  u32 n = profileLargest(f, largest);
  double all = 0, at = 0;
  Buf list;
  snBufInit(&list, p->budget);
  for (u32 i = 0; i < f->n + 2; i++) all += (double)f->row[i].ticks;
  snBufStr(out, "<div class=\"pie\"><svg width=\"240\" height=\"240\" "
      "viewBox=\"-105 -105 210 210\" role=\"img\">\n");
  for (u32 k = 0; k <= n && all > 0; k++) {
    double part = k < n ? (double)f->row[largest[k]].ticks / all : 1 - at;
    const char *colour = profile_colours[k < n ? k : PROFILE_SLICES];
    if (k == n && part < 1e-4) break; /* nothing is left */
    profileSlice(out, at, part, colour);
    snBufPrintf(&list, "<li><i style=\"background:%s\"></i>%.1f %% ", colour,
        part * 100);
    if (k < n) profileName(p, largest[k], &list);
    else snBufStr(&list, "the others");
    snBufStr(&list, "</li>\n");
    at += part;
  }
  snBufStr(out, "</svg><ul>\n");
  snBufAdd(out, list.data, list.n);
  snBufStr(out, "</ul></div>\n");
  if (list.rc) out->rc = list.rc;
  snBufClear(&list);
}

static void profileCells(Buf *out, const Profile *f, const ProfileRow *w) {
  const i64 ns = snProfileNs(f, w->ticks);
  const i64 v[] = {w->calls, w->in, w->out, w->windows, w->skipped, w->blocks,
      snProfilePassed(w), w->bytes, ns};
  for (u32 k = 0; k < SN_COUNT(v); k++)
    snBufPrintf(out, "<td class=\"n\">%lld</td>", (long long)v[k]);
  snBufPrintf(out, "<td class=\"n\">%.1f</td>",
      f->wall ? (double)ns * 100 / (double)f->wall : 0);
}

static void profileTable(const Program *p, const Profile *f, Buf *out) {
  Buf text;
  snBufInit(&text, p->budget);
  snBufStr(out, "<table><tr><th class=\"n\">addr</th><th>opcode</th>"
      "<th>operands</th><th>comment</th>");
  if (f)
    snBufStr(out, "<th class=\"n\">calls</th><th class=\"n\">rows in</th>"
        "<th class=\"n\">rows out</th><th class=\"n\">windows</th>"
        "<th class=\"n\">skipped</th><th class=\"n\">blocks</th>"
        "<th class=\"n\">skipped</th><th class=\"n\">bytes</th>"
        "<th class=\"n\">ns</th><th class=\"n\">%</th>");
  snBufStr(out, "</tr>\n");
  for (u32 i = 0; i < p->n + (f ? 2 : 0); i++) {
    snBufStr(out, "<tr><td class=\"n\">");
    if (i < p->n) snBufPrintf(out, "%u", i);
    snBufPrintf(out, "</td><td>%s</td><td class=\"c\">",
        i < p->n ? snProgName(p->code[i].op) : i == p->n ? "(begin)" :
        "(end)");
    u32 note = 0;
    text.n = 0;
    if (i < p->n) {
      Buf more;
      snBufInit(&more, p->budget);
      snProgText(p, i, &text, &more);
      note = (u32)text.n;
      snBufAdd(&text, more.data, more.n);
      if (more.rc) out->rc = more.rc;
      snBufClear(&more);
    }
    profileHtml(out, (const char *)text.data, note);
    snBufStr(out, "</td><td>");
    if (text.n > note)
      profileHtml(out, (const char *)text.data + note, text.n - note);
    snBufStr(out, "</td>");
    if (f) profileCells(out, f, f->row + i);
    snBufStr(out, "</tr>\n");
  }
  snBufStr(out, "</table>\n");
  if (text.rc) out->rc = text.rc;
  snBufClear(&text);
}

void snProfileHtml(const Program *p, const Profile *f, const char *sql,
    Buf *out) {
  snBufPrintf(out, profile_head, f ? "where the time went" : "the program");
  snBufStr(out, "<pre>");
  profileHtml(out, sql, strlen(sql));
  snBufStr(out, "</pre>\n");
  if (f) {
    snBufPrintf(out, "<p>%lld rows in %.3f ms</p>\n", (long long)f->rows,
        (double)f->wall / 1e6);
    profilePie(p, f, out);
  }
  profileTable(p, f, out);
  snBufStr(out, "</body></html>\n");
}

#undef PROFILE_SLICES
#undef PROFILE_TURN
