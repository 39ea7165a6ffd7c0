/*
** Draws a result that was kept: box, table, column, markdown.
**
** 1. Widths are columns of a terminal, not bytes.
** 2. A cell with line ends is drawn on several lines (markdown: <br>).
** 3. Only a terminal, or .width, cuts a value; the cut shows as an ellipsis.
** 4. A column whose values are all numbers stands at the right.
*/
#include "shell/shellInt.h"
#include <sys/ioctl.h>
#include <unistd.h>

#define SHELL_GRID_LEAST 4 /* columns that the widest cell keeps */

/* The pieces of a frame.  Each rule is left, fill, cross, right. */
typedef struct ShellGridStyle {
  const char *top[4], *middle[4], *bottom[4];
  const char *left, *between, *right;
} ShellGridStyle;

/* clang-format off */
static const ShellGridStyle shell_grid_box = {
  {"┌", "─", "┬", "┐"},
  {"├", "─", "┼", "┤"},
  {"└", "─", "┴", "┘"},
  "│ ", " │ ", " │"};
static const ShellGridStyle shell_grid_table = {
  {"+", "-", "+", "+"}, {"+", "-", "+", "+"}, {"+", "-", "+", "+"},
  "| ", " | ", " |"};
static const ShellGridStyle shell_grid_markdown = {
  {NULL, NULL, NULL, NULL}, {"|", "-", "|", "|"}, {NULL, NULL, NULL, NULL},
  "| ", " | ", " |"};
static const ShellGridStyle shell_grid_column = {
  {NULL, NULL, NULL, NULL}, {"", "-", "  ", ""}, {NULL, NULL, NULL, NULL},
  "", "  ", ""};
/* clang-format on */

typedef struct ShellGridPlan {
  const ShellGridStyle *style;
  size_t *width;
  char *right;        /* 1: the column stands at the right */
  size_t *at;         /* where the next line of the cell begins */
  int headers;
} ShellGridPlan;

int shellGridTerminalWidth(void) {
  struct winsize w;
  const char *z = getenv("COLUMNS");
  long n = z ? strtol(z, NULL, 10) : 0;
  if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &w) == 0 && w.ws_col > 0)
    return w.ws_col;
  return n > 0 && n < 10000 ? (int)n : 80;
}

void shellGridBegin(ShellGrid *g, int columns) {
  shellBufClear(&g->text);
  g->n = 0;
  g->columns = columns;
}

void shellGridAdd(ShellGrid *g, const char *z, size_t n, int numeric) {
  if (g->n == g->cap) {
    g->cap = g->cap * 2 + 64;
    g->ends = shellRealloc(g->ends, g->cap * sizeof *g->ends);
    g->numeric = shellRealloc(g->numeric, g->cap);
  }
  shellBufAddSafe(&g->text, z, n, 0);
  g->ends[g->n] = g->text.n;
  g->numeric[g->n++] = (char)numeric;
}

void shellGridFree(ShellGrid *g) {
  shellBufFree(&g->text);
  free(g->ends);
  free(g->numeric);
  memset(g, 0, sizeof *g);
}

static const char *shellGridCell(const ShellGrid *g, size_t i, size_t *n) {
  size_t from = i ? g->ends[i - 1] : 0;
  *n = g->ends[i] - from;
  return g->text.z ? g->text.z + from : "";
}

/* Bytes of the line that begins at z; *next is where the next one does, or
** n + 1 behind the last. */
static size_t shellGridLine(const char *z, size_t n, size_t from,
    size_t *next) {
  const char *e = from < n ? memchr(z + from, '\n', n - from) : NULL;
  size_t end = e ? (size_t)(e - z) : n;
  *next = end + 1;
  return end - from;
}

static size_t shellGridCellWidth(const Shell *p, const char *z, size_t n) {
  size_t from = 0, next, w, best = 0;
  if (p->mode == SHELL_MODE_MARKDOWN) { /* one line: \| and <br> */
    best = shellTextWidth(z, n);
    for (; from < n; from++)
      best += z[from] == '|' ? 1 : z[from] == '\n' ? 4 : 0;
    return best;
  }
  for (; from <= n; from = next) {
    size_t k = shellGridLine(z, n, from, &next);
    w = shellTextWidth(z + from, k);
    if (w > best) best = w;
  }
  return best;
}

static void shellGridMeasure(const Shell *p, const ShellGrid *g,
    ShellGridPlan *plan) {
  size_t columns = (size_t)g->columns, i, n;
  char *seen = shellAlloc(columns);
  memset(seen, 0, columns);
  memset(plan->right, 1, columns);
  for (i = 0; i < columns; i++) plan->width[i] = 1;
  for (i = plan->headers ? 0 : columns; i < g->n; i++) {
    size_t c = i % columns, w;
    const char *z = shellGridCell(g, i, &n);
    w = shellGridCellWidth(p, z, n);
    if (w > plan->width[c]) plan->width[c] = w;
    if (i >= columns && g->numeric[i] == 0) plan->right[c] = 0;
    if (i >= columns && g->numeric[i] == 1) seen[c] = 1;
  }
  for (i = 0; i < columns; i++) {
    int asked = i < (size_t)p->n_widths ? p->widths[i] : 0;
    if (!seen[i]) plan->right[i] = 0;
    if (asked == 0 || p->mode == SHELL_MODE_MARKDOWN) continue;
    plan->width[i] = (size_t)(asked < 0 ? -(int64_t)asked : asked);
    if (asked < 0) plan->right[i] = 1;
  }
  free(seen);
}

/* On a terminal: the widest columns give way until a row fits. */
static void shellGridFit(const Shell *p, const ShellGrid *g,
    ShellGridPlan *plan) {
  size_t room = (size_t)shellGridTerminalWidth();
  size_t columns = (size_t)g->columns, cap = 0, sum, i;
  size_t frame = p->mode == SHELL_MODE_COLUMN ? 2 * (columns - 1) :
                                                3 * columns + 1;
  if (!p->tty_out || p->out != stdout || p->mode == SHELL_MODE_MARKDOWN)
    return;
  for (i = 0; i < columns; i++)
    if (plan->width[i] > cap) cap = plan->width[i];
  if (cap > room) cap = room;
  for (; cap > SHELL_GRID_LEAST; cap--) {
    for (sum = frame, i = 0; i < columns && sum <= room; i++)
      sum += plan->width[i] < cap ? plan->width[i] : cap;
    if (sum <= room) break;
  }
  for (i = 0; i < columns; i++)
    if (plan->width[i] > cap) plan->width[i] = cap;
}

static void shellGridBlanks(FILE *out, size_t n) {
  while (n--) putc(' ', out);
}

/* One line of a cell in exactly width columns, the last cell of a row in
** column mode without the blanks behind it. */
static void shellGridText(FILE *out, const char *z, size_t n, size_t width,
    int align) {
  size_t w = shellTextWidth(z, n), used = 0;
  const char *end = z + n;
  int colour = 0;
  if (w <= width) {
    if (align == 'r') shellGridBlanks(out, width - w);
    fwrite(z, 1, n, out);
    if (align == 'l') shellGridBlanks(out, width - w);
    return;
  }
  while (z < end) {
    uint32_t c;
    int bad = 0;
    size_t k = shellSgrLength(z, end);
    if (k) {
      colour = 1;
    } else {
      k = shellUtfDecode(z, end, &c, &bad);
      used += (size_t)shellUtfWidth(c);
      if (used + 1 > width) {
        used -= (size_t)shellUtfWidth(c);
        break;
      }
    }
    fwrite(z, 1, k, out);
    z += k;
  }
  fputs("…", out);
  if (colour) fputs("\033[0m", out);
  shellGridBlanks(out, width - used - 1);
}

static void shellGridMarkdownCell(FILE *out, const char *z, size_t n,
    size_t pad, int right) {
  size_t i;
  if (right) shellGridBlanks(out, pad);
  for (i = 0; i < n; i++) {
    if (z[i] == '|') fputs("\\|", out);
    else if (z[i] == '\n') fputs("<br>", out);
    else putc(z[i], out);
  }
  if (!right) shellGridBlanks(out, pad);
}

static void shellGridMarkdownRow(const Shell *p, const ShellGrid *g,
    const ShellGridPlan *plan, size_t row) {
  size_t columns = (size_t)g->columns, c, n;
  for (c = 0; c < columns; c++) {
    const char *z = shellGridCell(g, row * columns + c, &n);
    fputs(c ? plan->style->between : plan->style->left, p->out);
    shellGridMarkdownCell(p->out, z, n,
        plan->width[c] - shellGridCellWidth(p, z, n), plan->right[c]);
  }
  fputs(plan->style->right, p->out);
  putc('\n', p->out);
}

static void shellGridRow(const Shell *p, const ShellGrid *g,
    ShellGridPlan *plan, size_t row) {
  size_t columns = (size_t)g->columns, c, n, next;
  int more = 1;
  memset(plan->at, 0, columns * sizeof *plan->at);
  while (more) {
    more = 0;
    for (c = 0; c < columns; c++) {
      const char *z = shellGridCell(g, row * columns + c, &n);
      int align = plan->right[c] ? 'r' :
          p->mode == SHELL_MODE_COLUMN && c + 1 == columns ? 'x' : 'l';
      fputs(c ? plan->style->between : plan->style->left, p->out);
      if (plan->at[c] > n) {
        shellGridText(p->out, "", 0, plan->width[c], align);
        continue;
      }
      n = shellGridLine(z, n, plan->at[c], &next);
      shellGridText(p->out, z + plan->at[c], n, plan->width[c], align);
      plan->at[c] = next;
      shellGridCell(g, row * columns + c, &n);
      if (next <= n) more = 1;
    }
    fputs(plan->style->right, p->out);
    putc('\n', p->out);
  }
}

static void shellGridRule(const Shell *p, const ShellGrid *g,
    const ShellGridPlan *plan, const char *const rule[4]) {
  size_t c, k, margin = p->mode == SHELL_MODE_COLUMN ? 0 : 2;
  if (!rule[0]) return;
  for (c = 0; c < (size_t)g->columns; c++) {
    size_t n = plan->width[c] + margin;
    size_t colon = p->mode == SHELL_MODE_MARKDOWN && plan->right[c];
    fputs(c ? rule[2] : rule[0], p->out);
    for (k = colon; k < n; k++) fputs(rule[1], p->out);
    if (colon) putc(':', p->out);
  }
  fputs(rule[3], p->out);
  putc('\n', p->out);
}

void shellGridDraw(Shell *p, ShellGrid *g) {
  ShellGridPlan plan;
  size_t columns = (size_t)g->columns, rows, r;
  if (columns == 0) return;
  rows = g->n / columns;
  plan.style = p->mode == SHELL_MODE_MARKDOWN ? &shell_grid_markdown :
      p->mode == SHELL_MODE_COLUMN ? &shell_grid_column :
      p->mode == SHELL_MODE_TABLE ? &shell_grid_table : &shell_grid_box;
  plan.headers = shellOutHeaders(p);
  plan.width = shellAlloc(columns * sizeof *plan.width);
  plan.at = shellAlloc(columns * sizeof *plan.at);
  plan.right = shellAlloc(columns);
  shellGridMeasure(p, g, &plan);
  shellGridFit(p, g, &plan);
  shellGridRule(p, g, &plan, plan.style->top);
  for (r = plan.headers ? 0 : 1; r < rows && !ferror(p->out); r++) {
    if (p->mode == SHELL_MODE_MARKDOWN) shellGridMarkdownRow(p, g, &plan, r);
    else shellGridRow(p, g, &plan, r);
    if (r == 0) shellGridRule(p, g, &plan, plan.style->middle);
  }
  shellGridRule(p, g, &plan, plan.style->bottom);
  free(plan.width);
  free(plan.at);
  free(plan.right);
}
