/*
** lost: what of a damaged file could not be read, when a store saves the rest.
**
** Such a store reads only.  It takes bytes that do not have their checksum as
** they are, since decoders are safe on any bytes; falls back to an older state;
** and whoever decodes passes over what cannot be.  Each time it is said here
** what that is.
**
** Invariants: (1) no text is there twice; (2) there are at most LOST_MOST: the
** last one says that there is more.
*/
#include "store/storeInt.h"

#define LOST_MOST 1000u

bool snLostAllowed(const Store *s) { return s->config.recover; }

/* Want of memory for a text is no reason to give up what can be saved. */
static void lostAdd(Store *s, const char *text) {
  for (u32 i = 0; i < s->nlost; i++)
    if (!strcmp(s->lost[i], text)) return;
  if (s->nlost == LOST_MOST) return;
  if (s->nlost == LOST_MOST - 1) text = "and more";
  if (snMemGrow(s->config.budget, &s->lost, &s->lost_cap, s->nlost + 1ull,
      sizeof *s->lost)) return;
  s->lost[s->nlost] = snMemDup(s->config.budget, text, strlen(text));
  if (s->lost[s->nlost]) s->nlost++;
}

void snLostSay(Store *s, const char *fmt, ...) {
  char text[400];
  va_list ap;
  va_start(ap, fmt);
  vsnprintf(text, sizeof text, fmt, ap);
  va_end(ap);
  if (s->config.recover) lostAdd(s, text);
}

int snLostPass(Store *s, int rc, const char *fmt, ...) {
  char text[400];
  va_list ap;
  if (rc != SEINE_CORRUPT || !s->config.recover) return rc;
  va_start(ap, fmt);
  vsnprintf(text, sizeof text, fmt, ap);
  va_end(ap);
  lostAdd(s, text);
  return SEINE_OK;
}

const char *snLostText(const Store *s, u32 k) {
  return k < s->nlost ? s->lost[k] : NULL;
}

int snLostRead(Store *s, u64 at, u8 *p, size_t n) {
  int rc = SEINE_OK;
  for (size_t k; !rc && n; at += k, p += k, n -= k) {
    k = SN_MIN(n, SN_PAGE - at % SN_PAGE);
    rc = s->file->ops->read(s->file, at, p, k);
    if (rc != SEINE_IOERR) continue;
    rc = SEINE_OK;
    memset(p, 0, k);
    snLostSay(s, "page %llu cannot be read from the disk",
        (unsigned long long)(at / SN_PAGE));
  }
  return rc;
}

void snLostClear(Store *s) {
  while (s->nlost) snMemFree(s->lost[--s->nlost]);
  snMemFree(s->lost);
}

#undef LOST_MOST
