/*
** sort: numbers by a comparison, keys by their bytes.
**
** (1) Both sorts are stable, and neither recurses nor allocates.
** (2) snSortIndex() asks about n log2 n comparisons, and one for each number
**     when they are in order already.
** (3) Told to stop, both leave anything behind.
*/
#include "base/base.h"

#define SORT_RUN  8u    /* numbers that are sorted by insertion */
#define SORT_LOOK 4096u /* comparisons between two looks whether to stop */

typedef int (*SortCmp)(void *, u32, u32);

static void sortInsert(u32 *idx, u32 n, SortCmp cmp, void *arg) {
  u32 i, k, v;
  for (i = 1; i < n; i++) {
    v = idx[i];
    for (k = i; k > 0 && cmp(arg, v, idx[k - 1]) < 0; k--) idx[k] = idx[k - 1];
    idx[k] = v;
  }
}

/* Merges a[0, mid) and a[mid, n) into out; what is in order is copied. */
static void sortMerge(const u32 *a, u32 mid, u32 n, u32 *out, SortCmp cmp,
    void *arg, const volatile int *stop) {
  u32 i = 0, k = mid, at = 0;
  if (mid < n && cmp(arg, a[mid], a[mid - 1]) < 0) {
    while (i < mid && k < n) {
      if (SN_UNLIKELY(at % SORT_LOOK == 0) && snStops(stop)) return;
      out[at++] = cmp(arg, a[k], a[i]) < 0 ? a[k++] : a[i++];
    }
    memcpy(out + at, a + i, (mid - i) * sizeof *a);
    at += mid - i;
    memcpy(out + at, a + k, (n - k) * sizeof *a);
  } else {
    memcpy(out, a, n * sizeof *a);
  }
}

int snSortIndexStop(u32 *idx, u32 n, u32 *tmp,
    int (*cmp)(void *, u32, u32), void *arg, const volatile int *stop) {
  u32 *from = idx, *to = tmp, *swap;
  u64 width, at;
  for (at = 0; at < n; at += SORT_RUN) {
    if (at % SORT_LOOK == 0 && snStops(stop)) return SEINE_INTERRUPT;
    sortInsert(idx + at, (u32)SN_MIN((u64)SORT_RUN, n - at), cmp, arg);
  }
  for (width = SORT_RUN; width < n; width *= 2) {
    for (at = 0; at < n; at += width * 2) {
      u32 len = (u32)SN_MIN(width * 2, n - at);
      u32 mid = (u32)SN_MIN(width, (u64)len);
      if (at % SORT_LOOK == 0 && snStops(stop)) return SEINE_INTERRUPT;
      sortMerge(from + at, mid, len, to + at, cmp, arg, stop);
    }
    if (snStops(stop)) return SEINE_INTERRUPT;
    swap = from;
    from = to;
    to = swap;
  }
  if (from != idx) memcpy(idx, from, n * sizeof *idx);
  return SEINE_OK;
}

void snSortIndex(u32 *idx, u32 n, u32 *tmp, int (*cmp)(void *, u32, u32),
    void *arg) {
  (void)snSortIndexStop(idx, n, tmp, cmp, arg, NULL);
}

/* Few keys: counting bytes would cost more than the sort. */
static void sortKeysSmall(KeyIdx *a, u32 n) {
  u32 i, k;
  for (i = 1; i < n; i++) {
    KeyIdx v = a[i];
    for (k = i; k > 0 && v.key < a[k - 1].key; k--) a[k] = a[k - 1];
    a[k] = v;
  }
}

/* By one byte of the keys; false: told to stop. */
static bool sortKeysByte(const KeyIdx *from, u32 n, KeyIdx *to, u32 shift,
    const volatile int *stop) {
  u32 counts[256] = {0}, at[256], sum = 0, i, end;
  for (i = 0; i < n && !snStops(stop);) {
    end = i + SN_MIN(n - i, SN_STRIDE);
    for (; i < end; i++) counts[(from[i].key >> shift) & 255]++;
  }
  for (u32 k = 0; k < 256; k++) {
    at[k] = sum;
    sum += counts[k];
  }
  for (i = 0; i < n && !snStops(stop);) {
    end = i + SN_MIN(n - i, SN_STRIDE);
    for (; i < end; i++) to[at[(from[i].key >> shift) & 255]++] = from[i];
  }
  return i == n;
}

/* Low byte first; a byte that is the same in all keys costs nothing. */
int snSortKeysStop(KeyIdx *a, u32 n, KeyIdx *tmp, const volatile int *stop) {
  KeyIdx *from = a, *to = tmp, *swap;
  u64 all_or = 0, all_and = ~0ull;
  u32 byte, i;
  if (n <= 32) {
    sortKeysSmall(a, n);
    return SEINE_OK;
  }
  for (i = 0; i < n; i++) {
    all_or |= a[i].key;
    all_and &= a[i].key;
  }
  for (byte = 0; byte < 8; byte++) {
    u32 shift = byte * 8;
    if (!(((all_or ^ all_and) >> shift) & 255)) continue;
    if (!sortKeysByte(from, n, to, shift, stop)) return SEINE_INTERRUPT;
    swap = from;
    from = to;
    to = swap;
  }
  if (from != a) memcpy(a, from, n * sizeof *a);
  return SEINE_OK;
}

void snSortKeys(KeyIdx *a, u32 n, KeyIdx *tmp) {
  (void)snSortKeysStop(a, n, tmp, NULL);
}

int snStrCmp(const void *a, u32 na, const void *b, u32 nb) {
  u32 n = SN_MIN(na, nb);
  int c = n ? memcmp(a, b, n) : 0;
  if (c) return c;
  return (na > nb) - (na < nb);
}

#undef SORT_RUN
#undef SORT_LOOK
