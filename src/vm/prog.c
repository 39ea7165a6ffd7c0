/*
** prog: builds and lists programs.  A program is immutable once built, but for
** the queries that ask.c keeps with it, and knows nothing of segments: every
** run translates constants for itself.
*/
#include "vm/vm.h"

Program *snProgNew(Budget *b) {
  Program *p = snMemZero(b, sizeof *p);
  if (!p) return NULL;
  p->budget = b;
  snArenaInit(&p->arena, b);
  return p;
}

void snProgFree(Program *p) {
  if (!p) return;
  snProgFree(p->plan);
  snMemFree(p->code);
  snMemFree(p->reg_type);
  for (u32 i = 0; i < p->ncur; i++) {
    for (u32 k = 0; k < p->cur[i].nmatch; k++)
      snAskedFree(p->cur[i].match[k].asked);
    snTableDrop((Table *)(uintptr_t)p->cur[i].table);
  }
  snMemFree(p->cur);
  for (u32 i = 0; i < p->nkept; i++) snTableDrop(p->kept[i]);
  snMemFree(p->kept);
  snArenaClear(&p->arena);
  snMemFree(p);
}

int snProgKeep(Program *p, Table *t) {
  int rc = snMemGrow(p->budget, &p->kept, &p->kept_cap, p->nkept + 1ull,
      sizeof *p->kept);
  if (!rc) p->kept[p->nkept++] = snTableKeep(t);
  return rc;
}

u16 snProgReg(Program *p, u8 type) {
  if (p->nreg >= NO_REG - 1) p->rc = SEINE_TOOBIG;
  if (!p->rc)
    p->rc = snMemGrow(p->budget, &p->reg_type, &p->reg_cap, p->nreg + 1ull,
        1);
  if (p->rc) return 0;
  p->reg_type[p->nreg] = type;
  return (u16)p->nreg++;
}

u16 snProgSel(Program *p) {
  if (p->nsel >= NO_REG - 1) p->rc = SEINE_TOOBIG;
  return (u16)p->nsel++;
}

u16 snProgObj(Program *p) {
  if (p->nobj >= NO_REG - 1) p->rc = SEINE_TOOBIG;
  return (u16)p->nobj++;
}

u16 snProgCursor(Program *p, const CursorDef *d) {
  if (!p->rc)
    p->rc = snMemGrow(p->budget, &p->cur, &p->cur_cap, p->ncur + 1ull,
        sizeof *p->cur);
  if (p->rc) return 0;
  p->cur[p->ncur] = *d;
  snTableKeep((Table *)(uintptr_t)d->table);
  return (u16)p->ncur++;
}

u32 snProgAdd(Program *p, u8 op, u16 sel, u16 dst, u16 a, u16 b) {
  if (!p->rc)
    p->rc = snMemGrow(p->budget, &p->code, &p->cap, p->n + 1ull,
        sizeof *p->code);
  if (p->rc) return 0;
  p->code[p->n] = (Instr){.op = op, .sel = sel, .dst = dst, .a = a, .b = b,
      .c = NO_REG, .jump = -1};
  return p->n++;
}

Instr *snProgAt(Program *p, u32 at) {
  static Instr none; /* written to after an error, never read */
  return at < p->n ? p->code + at : &none;
}

void snProgJump(Program *p, u32 at, u32 to) {
  if (at < p->n) p->code[at].jump = (i32)to;
}

const char *snProgName(u8 op) {
#define PROG_NAME(name, fn, text, kinds) #name,
  static const char *const names[] = {VM_OPCODES(PROG_NAME)};
#undef PROG_NAME
  return op < OP_COUNT ? names[op] : "?";
}

static void progOperand(Buf *out, char kind, u16 v) {
  if (v == NO_REG || kind == '_') return;
  snBufPrintf(out, "%c%u ", kind, v);
}

char snProgKind(u8 op, u32 operand) {
#define PROG_KINDS(name, fn, text, kinds) #kinds,
  static const char *const kinds[] = {VM_OPCODES(PROG_KINDS)};
#undef PROG_KINDS
  return kinds[op][operand];
}

void snProgText(const Program *p, u32 at, Buf *operands, Buf *note) {
  const Instr *i = p->code + at;
  char kind = snProgKind(i->op, 0);
  progOperand(operands, i->op == OP_MatchTop ? '_' : 's', i->sel);
  progOperand(operands, snProgKind(i->op, 1), i->a);
  progOperand(operands, snProgKind(i->op, 2), i->b);
  if (kind != '_' && i->dst != NO_REG)
    snBufPrintf(operands, "= %c%u ", kind, i->dst);
  if (i->jump >= 0) snBufPrintf(operands, "-> %d", i->jump);
  while (operands->n && operands->data[operands->n - 1] == ' ')
    operands->n--;
  if (i->note) snBufStr(note, i->note);
}
