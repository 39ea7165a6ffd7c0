/*
** tokens: the list of words that a text was cut into.
**
** (1) The arrays have `room` elements each, the first n are in use.  Of the
**     room only `cap` is known to who adds: when that is used up Grow looks
**     whether to stop, and tells of more.
** (2) at[i] + len[i] <= bytes.n; two tokens may share bytes (bigrams do), so
**     a filter never writes into the bytes of a token: it shortens the token
**     or appends new bytes.
** (3) 1 <= len[i] <= 255 for every token this room makes.  A longer word is
**     cut behind the last whole character of its first 255 bytes, and so on;
**     the pieces have increasing positions, and from/to of their own part.
** (4) Behind an error (rc) nothing is added.
** (5) flag[] is kept up only while `flagged`: chains that mark no token pay
**     nothing for it.
** (6) What filters add (Put) is counted against `limit`; what a cutter makes
**     is no more than the bytes of its text.
*/
#include "text/textInt.h"

#define TOKENS_LOOK 8192u /* tokens between two looks whether to stop */

void snTokensInit(Tokens *t, Budget *b) {
  memset(t, 0, sizeof *t);
  snBufInit(&t->bytes, b);
}

void snTokensClear(Tokens *t) {
  t->n = 0;
  t->cap = SN_MIN(t->room, TOKENS_LOOK);
  t->next_pos = 0;
  t->bytes.n = 0;
  t->bytes.rc = SEINE_OK;
  t->rc = SEINE_OK;
  t->flagged = false;
}

void snTokensFree(Tokens *t) {
  Budget *b = t->bytes.budget;
  snMemFree(t->at);
  snMemFree(t->len);
  snMemFree(t->pos);
  snMemFree(t->from);
  snMemFree(t->to);
  snMemFree(t->flag);
  snBufClear(&t->bytes);
  snTokensInit(t, b);
}

static void tokensRoom(Tokens *t) {
  u32 **arrays[] = {&t->at, &t->len, &t->pos, &t->from, &t->to};
  u32 cap = 0, least = UINT32_MAX;
  for (u32 i = 0; i < SN_COUNT(arrays) && !t->rc; i++) {
    cap = t->room;
    t->rc = snMemGrow(t->bytes.budget, arrays[i], &cap, (u64)t->n + 1,
        sizeof(u32));
    least = SN_MIN(least, cap);
  }
  cap = t->room;
  if (!t->rc)
    t->rc = snMemGrow(t->bytes.budget, &t->flag, &cap, (u64)t->n + 1, 1);
  if (!t->rc) t->room = SN_MIN(least, cap);
}

bool snTokensGrow(Tokens *t) {
  if (t->rc) return false;
  if (t->n < t->cap) return true;
  if (snStops(snMemStop(t->bytes.budget))) t->rc = SEINE_INTERRUPT;
  else if (t->n >= t->room) tokensRoom(t);
  if (!t->rc) t->cap = SN_MIN(t->room, t->n + TOKENS_LOOK);
  return !t->rc;
}

bool snTokensRoom(Tokens *t, size_t n) {
  if (t->rc) return false;
  if (SN_UNLIKELY(t->bytes.n + n > UINT32_MAX)) {
    t->rc = SEINE_TOOBIG;
    return false;
  }
  if (SN_LIKELY(t->bytes.cap - t->bytes.n > n + TEXT_PAD)) return true;
  if (snBufSpace(&t->bytes, n + TEXT_PAD)) t->bytes.n -= n + TEXT_PAD;
  else t->rc = t->bytes.rc;
  return !t->rc;
}

void snTokensPush(Tokens *t, size_t at, size_t n, u32 from, u32 to) {
  u32 i = t->n;
  if (i == t->cap && !snTokensGrow(t)) return;
  t->at[i] = (u32)at;
  t->len[i] = n > TEXT_WORD_MAX ? snTokensClip(t->bytes.data + at, n) : (u32)n;
  t->pos[i] = t->next_pos++;
  t->from[i] = from;
  t->to[i] = to;
  t->n++;
}

static bool tokensTail(u8 c) { return (c & 0xc0) == 0x80; }

u32 snTokensClip(const u8 *p, size_t n) {
  u32 k = TEXT_WORD_MAX;
  if (n <= k) return (u32)n;
  while (k > TEXT_WORD_MAX - 3 && tokensTail(p[k])) k--;
  return tokensTail(p[k]) ? TEXT_WORD_MAX : k;
}

/* Lower case may have another length than its source: characters are
** counted, not bytes. */
void snTokensPieces(Tokens *t, size_t at, const u8 *src, u32 from, u32 to) {
  size_t end = t->bytes.n;
  if (t->bytes.rc) t->rc = t->bytes.rc;
  if (end > UINT32_MAX) t->rc = SEINE_TOOBIG;
  while (!t->rc && end - at > TEXT_WORD_MAX) {
    const u8 *p = t->bytes.data + at;
    u32 k = snTokensClip(p, end - at), next = from, chars = 0;
    for (u32 i = 0; i < k; i++) chars += !tokensTail(p[i]);
    for (; next < to; next++, src++) {
      if (!tokensTail(*src) && chars-- == 0) break;
    }
    snTokensPush(t, at, k, from, next);
    at += k;
    from = next;
  }
  if (!t->rc && end > at) snTokensPush(t, at, end - at, from, to);
}

/* ---- Tokens made of tokens ---------------------------------------------- */

bool snTokensLift(Tokens *t, u32 first, Tokens *spare) {
  u32 n = t->n - first;
  u32 *from[] = {t->at, t->len, t->pos, t->from, t->to};
  if (t->rc || !n) return false;
  spare->n = n - 1;
  if (!snTokensGrow(spare)) {
    t->rc = spare->rc;
    spare->rc = SEINE_OK;
    return false;
  }
  u32 *to[] = {spare->at, spare->len, spare->pos, spare->from, spare->to};
  for (u32 k = 0; k < SN_COUNT(to); k++)
    memcpy(to[k], from[k] + first, n * sizeof(u32));
  if (t->flagged) memcpy(spare->flag, t->flag + first, n);
  spare->n = n;
  t->n = first;
  return true;
}

void snTokensPut(Tokens *t, const Tokens *spare, u32 i, size_t at, size_t n,
    u32 pos) {
  u32 k = t->n;
  if (t->rc || !n) return;
  if (at + n > UINT32_MAX || k >= t->limit) {
    t->rc = SEINE_TOOBIG;
    return;
  }
  if (k == t->cap && !snTokensGrow(t)) return;
  t->at[k] = (u32)at;
  t->len[k] = snTokensClip(t->bytes.data + at, n);
  t->pos[k] = pos;
  t->from[k] = spare->from[i];
  t->to[k] = spare->to[i];
  if (t->flagged) t->flag[k] = spare->flag[i];
  t->n++;
}

void snTokensCopy(Tokens *t, const Tokens *spare, u32 i, u32 pos) {
  snTokensPut(t, spare, i, spare->at[i], spare->len[i], pos);
}

/* Case and folding keep the length of most words: where it differs, which
** source byte belongs to which is not known any more. */
void snTokensPart(Tokens *t, const Tokens *spare, u32 i, u32 skip, u32 n) {
  u32 k = t->n - 1;
  if (t->rc || spare->to[i] - spare->from[i] != spare->len[i]) return;
  t->from[k] = spare->from[i] + skip;
  t->to[k] = t->from[k] + n;
}

#undef TOKENS_LOOK
