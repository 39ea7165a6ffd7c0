/*
** keys: tuples of values become dense numbers: groups, distinct rows, joins.
**
** Each column numbers its own values (a dictionary code by one array look-up
** per segment, a string or number by a hash once).  As long as there is but
** one dictionary its codes stand for the strings, which nobody reads; a guest,
** a dictionary that is small beside that one, has its strings looked for in it.
** Numbers of several columns are joined two by two: (number so far, number of
** the next column) is a 64-bit key of one more hash table.  So every table has
** fixed keys, and a string is hashed once per distinct value and segment.  In
** front of the hash tables stand plain arrays for what is small and near:
** integers that lie close together (at first those within 65,536 of the
** first), and pairs of low numbers.  Larger tables are asked for in blocks, so
** that the waits for memory overlap; integers that are settled and lie further
** apart have a sieve: a bit for each one between the least and the greatest,
** whose rank says which it is.  When integers of several columns turn out to be
** many and far apart, tuples are hashed whole.
*/
#include "vm/vmInt.h"

#define KEYS_FRESH 0xfffffffdu /* of a code: not met yet, */
#define KEYS_MET   0xfffffffeu /* ... just met; KEYS_NONE: no key */
#define KEYS_ALIEN 0x80000000u /* in a code: a string that has none */
#define KEYS_GUEST 8u /* values for each string of a guest, at least */
#define KEYS_NEAR 65536u
#define KEYS_ROWS 1024u
#define KEYS_COLS 256u
#define KEYS_MANY 256u /* rows of a batch from which the arrays pay */
#define KEYS_LOOSE 16u /* places of an array for a value, at most, */
#define KEYS_TIGHT 8u /* ... where memory is limited, */
#define KEYS_MOST (1u << 26) /* ... and in all */
#define KEYS_SPARSE 16u /* places of a sieve for each place of an array, */
#define KEYS_SIEVE (1u << 20) /* ... and in any case so many */
#define KEYS_BLOCK 64u
#define KEYS_WIDE 4096u /* integers that lie in no array, of several columns */

int snKeysInit(Budget *b, Keys *k, const u8 *types, u32 n) {
  memset(k, 0, sizeof *k);
  k->n = n;
  k->budget = b;
  snTuplesInit(&k->all, b, n + 1);
  k->col = snMemZero(b, (n + 1) * sizeof *k->col);
  k->pair = snMemZero(b, (n + 1) * sizeof *k->pair);
  if (!k->col || !k->pair) return SN_NOMEM;
  for (u32 i = 0; i < n; i++) {
    k->col[i].type = types[i];
    k->col[i].budget = b;
    snStrSetInit(&k->col[i].str, b);
    snIntSetInit(&k->col[i].num, b);
    snIntSetInit(&k->pair[i], b);
    k->col[i].ids = snMemAlloc(b, SN_WINDOW * sizeof(u32));
    if (!k->col[i].ids) return SN_NOMEM;
  }
  return SEINE_OK;
}

static void keysUnsettle(KeyColumn *c) {
  snMemFree(c->sieve);
  snMemFree(c->before);
  snMemFree(c->ranked);
  c->sieve = NULL;
  c->before = c->ranked = NULL;
}

static void keysLentClear(Keys *k) {
  for (u32 i = 0; k->col && i < k->n; i++) {
    snMemFree(k->col[i].map);
    snMemFree(k->col[i].ids);
    snMemFree(k->col[i].bits);
  }
  snMemFree(k->col);
}

void snKeysClear(Keys *k) {
  if (k->lent) {
    keysLentClear(k);
    return;
  }
  for (u32 i = 0; k->col && k->pair && i < k->n; i++) {
    snStrSetClear(&k->col[i].str);
    snIntSetClear(&k->col[i].num);
    snIntSetClear(&k->pair[i]);
    snMemFree(k->col[i].map);
    snMemFree(k->col[i].home);
    snMemFree(k->col[i].code);
    snMemFree(k->col[i].alien);
    snMemFree(k->col[i].near);
    keysUnsettle(k->col + i);
    snMemFree(k->col[i].grid);
    snMemFree(k->col[i].ids);
    snMemFree(k->col[i].bits);
  }
  snMemFree(k->col);
  snMemFree(k->pair);
  snMemFree(k->tuple);
  snTuplesClear(&k->all);
}

u32 snKeysCount(const Keys *k) {
  if (!k->n) return 1;
  if (k->n > 1) return k->wide ? k->all.n : k->ntuple;
  const KeyColumn *c = k->col;
  if (c->dict) return 1 + c->ncode;
  return 1 + (snTypeForm(c->type) == FORM_STR ? c->str.n : c->num.n);
}

u64 snKeysBits(const Vec *v, u32 i) {
  u32 at = snVecAt(v, i);
  if (v->type == TYPE_BOOLEAN) return snBit(v->data, at);
  u64 x;
  memcpy(&x, (const u8 *)v->data + 8 * (size_t)at, 8);
  if (snTypeForm(v->type) != FORM_REAL) return x;
  double d;
  memcpy(&d, &x, 8);
  if (d == 0) return 0;                         /* -0.0 is 0.0 */
  return isnan(d) ? 0x7ff8000000000000ull : x;  /* one NaN */
}

static u32 keysStr(KeyColumn *c, const void *p, u32 n, bool add) {
  u32 id = add ? snStrSetAdd(&c->str, p, n) : snStrSetFind(&c->str, p, n);
  return id == UINT32_MAX ? KEYS_NONE : id + 1;
}

/* No row is NULL, all codes are known: one look-up each. */
static bool keysKnown(const KeyColumn *c, const Vec *v, Rows16 rows,
    bool add) {
  const u32 *codes = v->data, *map = c->map;
  u32 *ids = c->ids, fresh = 0, none = add ? KEYS_NONE : KEYS_FRESH;
  if (v->nulls) return false;
  for (u32 k = 0; k < rows.n; k++) {
    u32 i = rows.rows ? rows.rows[k] : k, id = map[codes[i]];
    ids[i] = id;
    fresh |= (id == KEYS_FRESH) | (id == none);
  }
  return !fresh;
}

/* The strings of all values, by id. */
static int keysAllTexts(const KeyColumn *c, Arena *texts, DictText *all) {
  const u32 *home = c->home ? c->home : c->map;
  u32 n = snDictCount(c->dict), at = 0, ord[KEYS_BLOCK];
  DictText some[KEYS_BLOCK];
  int rc = SEINE_OK;
  for (u32 o = 0; !rc && o < n; o++) {
    if (home[o] < KEYS_FRESH) ord[at++] = o;
    if (!at || (at < KEYS_BLOCK && o + 1 < n)) continue;
    rc = snDictTexts(c->dict, ord, at, texts, some);
    for (u32 k = 0; !rc && k < at; k++) all[home[ord[k]] - 1] = some[k];
    at = 0;
  }
  for (u32 k = 0; k < c->str.n; k++)
    all[c->alien[k] - 1] = (DictText){(const u8 *)c->str.refs[k].p,
        c->str.refs[k].n, 0};
  return rc;
}

/* Codes do not do any more: strings are read, and numbered as they were. */
static int keysTexts(Run *r, KeyColumn *c) {
  DictText *all;
  StrSet str;
  Arena texts;
  snArenaInit(&texts, r->budget);
  snStrSetInit(&str, c->budget);
  all = snArenaAlloc(&texts, (c->ncode + 1ull) * sizeof *all);
  int rc = all ? keysAllTexts(c, &texts, all) : SN_NOMEM;
  for (u32 i = 0; !rc && i < c->ncode; i++) {
    (void)snStrSetAdd(&str, all[i].p, all[i].n);
    rc = str.rc;
  }
  snArenaClear(&texts);
  snStrSetClear(rc ? &str : &c->str);
  if (rc) return rc;
  c->str = str;
  snMemFree(c->home);
  c->home = NULL;
  c->dict = NULL;
  return SEINE_OK;
}

static bool keysIsGuest(const KeyColumn *c, struct Dict *d) {
  return (u64)snDictCount(d) * KEYS_GUEST <= c->ncode &&
      snDictCount(c->dict) < KEYS_ALIEN;
}

static int keysMap(Run *r, KeyColumn *c, const Vec *v, bool add) {
  u32 n = snDictCount(v->dict);
  int rc = SEINE_OK;
  if (c->dict && c->home && v->dict_key == c->home_key) {
    snMemFree(c->map);
    c->map = c->home;
    c->map_n = n;
    c->home = NULL;
    c->dict_key = v->dict_key;
    return SEINE_OK;
  }
  if (c->dict && !keysIsGuest(c, v->dict)) rc = keysTexts(r, c);
  if (rc) return rc;
  if (c->dict && !c->home) {
    c->home = c->map;
    c->map = NULL;
  }
  if (n > c->map_n || !c->map) {
    u32 *map = snMemRealloc(c->budget, c->map, (n + 1ull) * sizeof(u32));
    if (!map) return SN_NOMEM;
    c->map = map;
    c->map_n = n;
  }
  for (u32 i = 0; i < n; i++) c->map[i] = KEYS_FRESH;
  c->dict_key = v->dict_key;
  if (add && !c->str.n && !c->ncode) {
    c->dict = v->dict;
    c->home_key = v->dict_key;
  }
  return SEINE_OK;
}

/* Codes that were not met yet, in the order in which they came. */
static int keysFresh(Run *r, const KeyColumn *c, const Vec *v, Rows16 rows,
    bool add, u32 **out, u32 *count) {
  const u32 *codes = v->data;
  u32 *fresh = *out = snArenaAlloc(&r->batch, (rows.n + 1ull) * sizeof(u32));
  u32 n = 0;
  if (!fresh) return SN_NOMEM;
  for (u32 k = 0; k < rows.n; k++) {
    u32 i = rows.rows ? rows.rows[k] : k;
    u32 id = c->map[codes[i]];
    if (snVecNull(v, i) || (id != KEYS_FRESH && (!add || id != KEYS_NONE)))
      continue;
    c->map[codes[i]] = KEYS_MET; /* until it has a number */
    fresh[n++] = codes[i];
  }
  *count = n;
  return SEINE_OK;
}

/* The only dictionary: a code stands for its string. */
static int keysOwnCodes(KeyColumn *c, const u32 *fresh, u32 n,
    bool add) {
  int rc = add ? snMemGrow(c->budget, &c->code, &c->code_cap,
      c->ncode + (u64)n, sizeof *c->code) : SEINE_OK;
  for (u32 k = 0; k < n; k++) {
    c->map[fresh[k]] = KEYS_NONE;
    if (rc || !add) continue;
    c->code[c->ncode++] = fresh[k];
    c->map[fresh[k]] = c->ncode;
  }
  return rc;
}

static u32 keysCode(KeyColumn *c, u32 code, int *rc) {
  *rc = snMemGrow(c->budget, &c->code, &c->code_cap, c->ncode + 1ull,
      sizeof *c->code);
  if (*rc) return KEYS_NONE;
  c->code[c->ncode++] = code;
  return c->ncode;
}

/* The number of a string of a guest. */
static u32 keysGuest(KeyColumn *c, const DictText *t, bool add, int *rc) {
  u32 ord, id;
  *rc = snDictFind(c->dict, t->p, t->n, &ord);
  if (*rc) return KEYS_NONE;
  if (ord != DICT_NONE) {
    id = c->home[ord];
    if (id < KEYS_FRESH) return id;
    if (!add) return KEYS_NONE;
    id = keysCode(c, ord, rc);
    if (!*rc) c->home[ord] = id;
    return id;
  }
  id = keysStr(c, t->p, t->n, add);
  *rc = c->str.rc;
  if (*rc || id == KEYS_NONE) return KEYS_NONE;
  u32 had = c->alien_cap;
  *rc = snMemGrow(c->budget, &c->alien, &c->alien_cap, id, sizeof *c->alien);
  if (*rc) return KEYS_NONE;
  memset(c->alien + had, 0, (c->alien_cap - had) * sizeof *c->alien);
  u32 *alien = c->alien + id - 1;
  if (!*alien) {
    u32 made = keysCode(c, KEYS_ALIEN | (id - 1), rc);
    if (!*rc) *alien = made;
  }
  return *alien ? *alien : KEYS_NONE;
}

/* Texts are read in the order of the dictionary: a block of it holds several,
** and numbered as they came. */
static int keysFreshTexts(Run *r, KeyColumn *c, const Vec *v,
    const u32 *fresh, u32 n, bool add) {
  KeyIdx *a = snArenaAlloc(&r->batch, (n + 1ull) * sizeof *a);
  KeyIdx *tmp = snArenaAlloc(&r->batch, (n + 1ull) * sizeof *tmp);
  u32 *ord = snArenaAlloc(&r->batch, (n + 1ull) * sizeof *ord);
  u32 *at = snArenaAlloc(&r->batch, (n + 1ull) * sizeof *at);
  DictText *t = snArenaAlloc(&r->batch, (n + 1ull) * sizeof *t);
  int rc = a && tmp && ord && at && t ? SEINE_OK : SN_NOMEM;
  for (u32 k = 0; !rc && k < n; k++) a[k] = (KeyIdx){fresh[k], k};
  if (!rc) snSortKeys(a, n, tmp);
  for (u32 k = 0; !rc && k < n; k++) {
    ord[k] = (u32)a[k].key;
    at[a[k].idx] = k;
  }
  if (!rc) rc = snDictTexts(v->dict, ord, n, &r->batch, t);
  for (u32 k = 0; k < n; k++) {
    const DictText *x = rc ? NULL : t + at[k];
    u32 id = !x ? KEYS_FRESH
        : c->home ? keysGuest(c, x, add, &rc) : keysStr(c, x->p, x->n, add);
    c->map[fresh[k]] = rc ? KEYS_FRESH : id;
  }
  return rc ? rc : c->str.rc;
}

/* Codes: translated once per dictionary. */
static int keysCodes(Run *r, KeyColumn *c, const Vec *v, Rows16 rows,
    bool add) {
  const u32 *codes = v->data;
  u32 *fresh, n = 0;
  int rc = SEINE_OK;
  if (c->dict_key != v->dict_key || !c->map) rc = keysMap(r, c, v, add);
  if (rc || keysKnown(c, v, rows, add)) return rc;
  rc = keysFresh(r, c, v, rows, add, &fresh, &n);
  bool own = c->dict ? !c->home : !add && !c->str.n; /* or none to find */
  if (!rc && n)
    rc = own ? keysOwnCodes(c, fresh, n, add)
             : keysFreshTexts(r, c, v, fresh, n, add);
  for (u32 k = 0; !rc && k < rows.n; k++) {
    u32 i = rows.rows ? rows.rows[k] : k;
    c->ids[i] = snVecNull(v, i) ? 0 : c->map[codes[i]];
  }
  return rc;
}

/* How many values of the sieve are less than the one at a place. */
SN_INLINE u32 keysRank(const KeyColumn *c, u64 at) {
  u64 less = c->sieve[at / 64] & ((1ull << (at & 63)) - 1);
  return c->before[at / 64] + (u32)__builtin_popcountll(less);
}

/* Places of the array, at most, for n values. */
static u64 keysPlacesFor(const KeyColumn *c, u64 n) {
  return SN_MIN(n * (snMemIsLimited(c->budget) ? KEYS_TIGHT : KEYS_LOOSE),
      KEYS_MOST);
}

static void keysSift(KeyColumn *c, u64 from, u64 n) {
  const IntSet *s = &c->num;
  u64 words = n / 64 + 1;
  c->sieve = snMemZero(c->budget, words * sizeof *c->sieve);
  c->before = snMemAlloc(c->budget, words * sizeof *c->before);
  c->ranked = snMemAlloc(c->budget, s->n * sizeof *c->ranked);
  if (!c->sieve || !c->before || !c->ranked) {
    keysUnsettle(c);
    return;
  }
  c->sieve_from = from;
  c->sieve_n = n;
  for (u32 i = 0; i < s->n; i++)
    snBitSet(c->sieve, (u32)(s->keys[i] - from));
  for (u32 w = 0, rank = 0; w < words; w++) {
    c->before[w] = rank;
    rank += snBitsCount(c->sieve + w, 1);
  }
  for (u32 i = 0; i < s->n; i++)
    c->ranked[keysRank(c, s->keys[i] - from)] = i + 1;
}

/* Makes the array of those that lie between the least and the greatest value,
** when they lie close enough; of keys that are settled, else a sieve.  What
** finds no memory is slower without. */
static void keysNear(KeyColumn *c, bool settled) {
  const IntSet *s = &c->num;
  u64 top = 1ull << 63, lo = ~0ull, hi = 0; /* as unsigned, in order */
  c->settled = s->n;
  for (u32 i = 0; i < s->n; i++) {
    u64 x = s->keys[i] ^ top;
    lo = SN_MIN(lo, x);
    hi = SN_MAX(hi, x);
  }
  u64 most = keysPlacesFor(c, s->n);
  u64 reach = SN_MAX(most * KEYS_SPARSE, KEYS_SIEVE);
  if (!s->n || hi - lo >= SN_MIN(reach, 4ull * KEYS_MOST)) return;
  u64 n = hi - lo + 1;
  if (n <= most) {
    u32 *near = snMemZero(c->budget, (n + 1) * sizeof *near);
    if (!near) return;
    for (u32 i = 0; i < s->n; i++) near[(s->keys[i] ^ top) - lo] = i + 1;
    snMemFree(c->near);
    c->near = near;
    c->near_n = (u32)n;
    c->near_from = lo ^ top;
    c->near_all = true;
  } else if (settled) {
    keysSift(c, lo ^ top, n);
  }
}

void snKeysSettle(Keys *k) {
  for (u32 i = 0; i < k->n; i++) {
    keysUnsettle(k->col + i);
    if (snTypeForm(k->col[i].type) == FORM_INT && !k->col[i].near_all &&
        k->col[i].num.n)
      keysNear(k->col + i, true);
  }
}

/* The array holds all values and takes one more, which lies outside: true when
** it could be made larger. */
static bool keysWiden(KeyColumn *c, u64 b) {
  u64 below = c->near_from - b, above = b - c->near_from;
  bool down = below < above;
  u64 n = down ? c->near_n + below : above + 1, more = n + n / 4;
  if (n > keysPlacesFor(c, c->num.n + 1ull)) return false;
  u32 *near = snMemRealloc(c->budget, c->near, (more + 1) * sizeof *near);
  if (!near) return false;
  u64 fresh = more - c->near_n;
  if (down) memmove(near + fresh, near, (c->near_n + 1ull) * sizeof *near);
  memset(near + (down ? 0 : c->near_n + 1), 0, fresh * sizeof *near);
  c->near = near;
  c->near_from -= down ? fresh : 0;
  c->near_n = (u32)more;
  return true;
}

/* A value that is no NULL.  As long as the array holds all of them, nothing is
** hashed. */
static u32 keysInt(KeyColumn *c, u64 b, bool add) {
  u64 at = b - c->near_from;
  bool near = at < c->near_n;
  if (near && c->near[at]) return c->near[at];
  if (!add && c->near_all) return KEYS_NONE;
  if (!near && c->near_all && c->near && keysWiden(c, b)) {
    at = b - c->near_from;
    near = true;
  }
  u32 id = !add ? snIntSetFind(&c->num, b)
      : near && c->near_all ? snIntSetPush(&c->num, b)
                            : snIntSetAdd(&c->num, b);
  if (id == UINT32_MAX) return KEYS_NONE;
  if (!near) c->near_all = false;
  else if (add) c->near[at] = id + 1; /* what is lent is not written to */
  return id + 1;
}

static int keysReady(KeyColumn *c, const Vec *v, Rows16 rows) {
  if (rows.n < KEYS_MANY || snTypeForm(v->type) != FORM_INT) return SEINE_OK;
  if (!c->near_all && c->num.n > 2 * SN_MAX(c->settled, KEYS_NEAR / 2))
    keysNear(c, false);
  if (c->near) return SEINE_OK;
  c->near = snMemZero(c->budget, (KEYS_NEAR + 1) * sizeof(u32));
  if (!c->near) return SN_NOMEM;
  u32 first = rows.rows ? rows.rows[0] : 0;
  c->near_n = KEYS_NEAR;
  c->near_from = snKeysBits(v, first) - KEYS_NEAR / 2;
  c->near_all = !c->num.n;
  return SEINE_OK;
}

/* Those in the array get their numbers, the others KEYS_NONE: in `left`. */
static Rows16 keysPlaces(KeyColumn *c, const u64 *v, Rows16 rows, u16 *left) {
  const u32 *near = c->near;
  u64 from = c->near_from;
  u32 most = c->near_n, n = 0;
  for (u32 k = 0; k < rows.n; k++) {
    u32 i = rows.rows ? rows.rows[k] : k;
    u64 at = v[i] - from;
    u32 id = near[SN_MIN(at, most)]; /* there is none behind the last */
    c->ids[i] = id ? id : KEYS_NONE;
    left[n] = (u16)i;
    n += !id;
  }
  return (Rows16){left, n};
}

/* Those that the sieve lets fall get KEYS_NONE. */
SN_INLINE void keysSieveRows(KeyColumn *c, const u64 *v, Rows16 rows) {
  u16 left[SN_WINDOW];
  u32 n = 0;
  for (u32 k = 0; k < rows.n; k++) {
    u32 i = rows.rows ? rows.rows[k] : k;
    u64 at = SN_MIN(v[i] - c->sieve_from, c->sieve_n);
    c->ids[i] = KEYS_NONE;
    left[n] = (u16)i;
    n += snBit(c->sieve, (u32)at);
  }
  for (u32 k = 0; k < n; k++)
    c->ids[left[k]] = c->ranked[keysRank(c, v[left[k]] - c->sieve_from)];
}

/* Its machine counts bits by an instruction. */
SN_WIDE static void keysSieveWide(KeyColumn *c, const u64 *v, Rows16 rows) {
  keysSieveRows(c, v, rows);
}

static void keysSieve(KeyColumn *c, const u64 *v, Rows16 rows) {
  if (SN_HAS_WIDE()) keysSieveWide(c, v, rows);
  else keysSieveRows(c, v, rows);
}

static int keysHashed(KeyColumn *c, const Vec *v, Rows16 rows,
    bool add) {
  u64 block[KEYS_BLOCK];
  int rc = SEINE_OK;
  for (u32 from = 0; !rc && from < rows.n; from += KEYS_BLOCK) {
    u32 n = SN_MIN(KEYS_BLOCK, rows.n - from), far = 0;
    for (u32 k = 0; !c->near_all && k < n; k++) {
      u32 i = rows.rows ? rows.rows[from + k] : from + k;
      u64 b = snKeysBits(v, i), at = b - c->near_from;
      if (at >= c->near_n || !c->near[at]) block[far++] = b;
    }
    if (far) snIntSetWarm(&c->num, block, far);
    for (u32 k = 0; k < n; k++) {
      u32 i = rows.rows ? rows.rows[from + k] : from + k;
      c->ids[i] = snVecNull(v, i) ? 0 : keysInt(c, snKeysBits(v, i), add);
    }
    rc = c->num.rc;
  }
  return rc;
}

/* Numbers those of `left` up to the first that lies outside of the array, which
** holds all values: what is left then. */
static Rows16 keysPush(KeyColumn *c, const u64 *v, Rows16 left) {
  IntSet *s = &c->num;
  u32 k = 0;
  if (snIntSetRoom(s, left.n)) return left;
  for (; k < left.n; k++) {
    u32 i = left.rows[k];
    u64 at = v[i] - c->near_from;
    if (at >= c->near_n) break;
    if (!c->near[at]) {
      s->keys[s->n] = v[i];
      c->near[at] = ++s->n;
    }
    c->ids[i] = c->near[at];
  }
  return (Rows16){left.rows + k, left.n - k};
}

static int keysInts(KeyColumn *c, const Vec *v, Rows16 rows,
    bool add) {
  u16 left[SN_WINDOW];
  int rc = add ? keysReady(c, v, rows) : SEINE_OK;
  if (rc) return rc;
  if (add) keysUnsettle(c);
  if (v->form == VEC_FLAT && !v->nulls && v->type != TYPE_BOOLEAN &&
      snTypeForm(v->type) == FORM_INT) {
    if (c->sieve) {
      keysSieve(c, v->data, rows);
      return SEINE_OK;
    }
    if (c->near) rows = keysPlaces(c, v->data, rows, left);
    if (!add && c->near_all) return SEINE_OK;
    if (c->near && c->near_all) rows = keysPush(c, v->data, rows);
  }
  return keysHashed(c, v, rows, add);
}

/* Rows that a join made of one have the very same string, which may be long:
** it is looked up once. */
static int keysStrs(Run *r, KeyColumn *c, const Vec *v, Rows16 rows,
    bool add) {
  Str was = {NULL, 0, 0};
  u32 id = KEYS_NONE;
  u64 bytes = 0;
  for (u32 k = 0; k < rows.n; k++) {
    u32 i = rows.rows ? rows.rows[k] : k;
    const Str *t = (const Str *)v->data + snVecAt(v, i);
    if (snVecNull(v, i)) {
      c->ids[i] = 0;
      continue;
    }
    if (!was.n || t->p != was.p || t->n != was.n) {
      was = *t;
      bytes += was.n;
      id = keysStr(c, was.p, was.n, add);
    }
    c->ids[i] = id;
    if (SN_LIKELY(bytes < SN_STRIDE)) continue;
    bytes = 0;
    if (snStops(r->control.interrupted)) return snRunCheck(r);
  }
  return c->str.rc;
}

static int keysColumn(Run *r, KeyColumn *c, u16 reg, const Sel *s,
    Rows16 rows, bool add) {
  const Vec *v = snReg(r, reg);
  bool str = snTypeForm(v->type) == FORM_STR;
  if (v->form == VEC_CODE) return keysCodes(r, c, v, rows, add);
  if (!str) return keysInts(c, v, rows, add);
  int rc = c->dict ? keysTexts(r, c) : SEINE_OK;
  if (!rc) rc = snRegDecode(r, reg, s);
  return rc ? rc : keysStrs(r, c, v, rows, add);
}

/* Notes the numbers of a tuple that is new. */
static int keysTuple(Keys *k, u32 row) {
  int rc = snMemGrow(k->budget, &k->tuple, &k->tuple_cap,
      (k->ntuple + 1ull) * k->n, sizeof(u32));
  if (rc) return rc;
  for (u32 c = 0; c < k->n; c++)
    k->tuple[k->ntuple * k->n + c] = k->col[c].ids[row];
  k->ntuple++;
  return SEINE_OK;
}

static u32 keysPair(Keys *k, u32 c, u32 g, u32 id, bool add) {
  u32 *cell = NULL;
  if (k->col[c].grid && g < KEYS_ROWS && id < KEYS_COLS) {
    cell = k->col[c].grid + g * KEYS_COLS + id;
    if (*cell) return *cell - 1;
  }
  u64 pair = (u64)g << 32 | id;
  if (!add) return snIntSetFind(&k->pair[c - 1], pair);
  u32 n = snIntSetAdd(&k->pair[c - 1], pair);
  if (cell && !k->pair[c - 1].rc) *cell = n + 1;
  return n;
}

/* A block of pairs that the grid has all: one look-up each. */
static bool keysGridKnown(const Keys *k, u32 c, const u16 *rows, u32 from,
    u32 n, u32 *gid) {
  const u32 *ids = k->col[c].ids, *grid = k->col[c].grid;
  u32 to[KEYS_BLOCK];
  if (!grid) return false;
  for (u32 j = 0; j < n; j++) {
    u32 i = rows ? rows[from + j] : from + j;
    if (gid[i] >= KEYS_ROWS || ids[i] >= KEYS_COLS) return false;
    to[j] = grid[gid[i] * KEYS_COLS + ids[i]];
    if (!to[j]) return false;
  }
  for (u32 j = 0; j < n; j++) gid[rows ? rows[from + j] : from + j] = to[j] - 1;
  return true;
}

/* gid so far and the numbers of column c become gid. */
static int keysFoldColumn(Keys *k, u32 c, Rows16 rows, bool add,
    u32 *gid) {
  const u32 *ids = k->col[c].ids;
  bool last = c + 1 == k->n;
  u64 block[KEYS_BLOCK];
  for (u32 from = 0; from < rows.n; from += KEYS_BLOCK) {
    u32 n = SN_MIN(KEYS_BLOCK, rows.n - from), asked = 0;
    if (keysGridKnown(k, c, rows.rows, from, n, gid)) continue;
    for (u32 j = 0; j < n; j++) {
      u32 i = rows.rows ? rows.rows[from + j] : from + j;
      block[asked] = (u64)gid[i] << 32 | ids[i];
      asked += gid[i] != KEYS_NONE && ids[i] != KEYS_NONE;
    }
    snIntSetWarm(&k->pair[c - 1], block, asked);
    for (u32 j = 0; j < n; j++) {
      u32 i = rows.rows ? rows.rows[from + j] : from + j;
      if (gid[i] == KEYS_NONE) continue;
      gid[i] = ids[i] == KEYS_NONE
          ? KEYS_NONE : keysPair(k, c, gid[i], ids[i], add);
      int rc = k->pair[c - 1].rc;
      if (!rc && last && add && gid[i] == k->ntuple) rc = keysTuple(k, i);
      if (rc) return rc;
    }
  }
  return SEINE_OK;
}

static int keysFold(Keys *k, Rows16 rows, bool add, u32 *gid) {
  for (u32 c = 1; add && rows.n >= KEYS_MANY && c < k->n; c++) {
    if (k->col[c].grid) continue;
    k->col[c].grid = snMemZero(k->budget, KEYS_ROWS * KEYS_COLS * 4);
    if (!k->col[c].grid) return SN_NOMEM;
  }
  for (u32 c = 1; c < k->n; c++) {
    int rc = keysFoldColumn(k, c, rows, add, gid);
    if (rc) return rc;
  }
  return SEINE_OK;
}

/* The numbers of the first column begin those of the tuples. */
static void keysStart(Keys *k, Rows16 rows, bool add, u64 null_none,
    u32 *gid) {
  const u32 *ids = k->col[0].ids;
  u32 null = 0, none = null_none & 1 ? KEYS_NONE : 0;
  for (u32 j = 0; j < rows.n; j++) {
    u32 i = rows.rows ? rows.rows[j] : j, id = ids[i];
    gid[i] = id ? id : none;
    null |= !id;
  }
  for (u32 c = 1; c < k->n; c++) {
    if (!(null_none >> SN_MIN(c, 63u) & 1)) continue;
    for (u32 j = 0; j < rows.n; j++) {
      u32 i = rows.rows ? rows.rows[j] : j;
      if (!k->col[c].ids[i]) gid[i] = KEYS_NONE;
    }
  }
  k->null_seen |= add && null;
}

/* ---- wide tuples --------------------------------------------------------- */

/* Numbers of column c become values again. */
static void keysBack(const KeyColumn *c, u32 id, u64 *v, u64 *null, u32 bit) {
  bool str = snTypeForm(c->type) == FORM_STR;
  if (!id) *null |= 1ull << (bit & 63);
  *v = str || !id ? id : c->num.keys[id - 1];
}

static int keysRoom(Keys *k) {
  for (u32 c = 0; c < k->n; c++) {
    k->col[c].bits = snMemAlloc(k->budget, SN_WINDOW * sizeof(u64));
    if (!k->col[c].bits) return SN_NOMEM;
  }
  return SEINE_OK;
}

/* The tuples so far, in their order. */
static int keysWide(Run *r, Keys *k) {
  u64 *null = snArenaAlloc(&r->batch, SN_WINDOW * sizeof *null);
  u32 *id = snArenaAlloc(&r->batch, SN_WINDOW * sizeof *id);
  const u64 *col[64];
  int rc = null && id ? keysRoom(k) : SN_NOMEM;
  for (u32 from = 0; !rc && from < k->ntuple; from += SN_WINDOW) {
    u32 n = SN_MIN(SN_WINDOW, k->ntuple - from);
    memset(null, 0, n * sizeof *null);
    for (u32 c = 0; c < k->n; c++) {
      for (u32 i = 0; i < n; i++)
        keysBack(k->col + c, k->tuple[(from + i) * (size_t)k->n + c],
            k->col[c].bits + i, null + i, c);
      col[c] = k->col[c].bits;
    }
    col[k->n] = null;
    rc = snTuplesRows(&k->all, col, (Rows16){NULL, n}, true, id);
  }
  if (rc) return rc;
  for (u32 c = 0; c < k->n; c++) {
    KeyColumn *m = k->col + c;
    snIntSetClear(&m->num);
    snMemFree(m->near);
    snMemFree(m->grid);
    m->near = m->grid = NULL;
    m->near_n = 0;
    m->near_all = false;
    if (c) snIntSetClear(&k->pair[c - 1]);
  }
  snMemFree(k->tuple);
  k->tuple = NULL;
  k->wide = true;
  return SEINE_OK;
}

static bool keysAreWide(const Keys *k) {
  if (k->wide || k->numbered || k->n < 2 || k->n >= 63) return k->wide;
  for (u32 c = 0; c < k->n; c++) {
    const KeyColumn *m = k->col + c;
    if (snTypeForm(m->type) != FORM_STR && !m->near_all &&
        m->num.n >= KEYS_WIDE)
      return true;
  }
  return false;
}

/* What column c has in each row; null: bits of those that are NULL. */
static int keysValues(Run *r, Keys *k, u32 c, u16 reg, const Sel *s,
    Rows16 rows, bool add, u64 *null) {
  KeyColumn *m = k->col + c;
  const Vec *v = snReg(r, reg);
  bool str = snTypeForm(v->type) == FORM_STR;
  int rc = str ? keysColumn(r, m, reg, s, rows, add) : SEINE_OK;
  bool plain = v->form == VEC_FLAT && snTypeForm(v->type) == FORM_INT &&
      v->type != TYPE_BOOLEAN && !v->nulls;
  if (!rc && plain && !rows.rows) memcpy(m->bits, v->data, rows.n * 8ull);
  for (u32 j = 0; !rc && j < rows.n && (!plain || rows.rows); j++) {
    u32 i = rows.rows ? rows.rows[j] : j;
    if (snVecNull(v, i)) {
      null[i] |= 1ull << c;
      m->bits[i] = 0;
    } else {
      m->bits[i] = str ? m->ids[i] : snKeysBits(v, i);
    }
  }
  return rc;
}

static int keysTuples(Run *r, Keys *k, const u16 *regs, const Sel *s,
    bool add, u64 null_none, u32 *gid) {
  Rows16 rows = snRunSel(r, s);
  u64 *null = snArenaAlloc(&r->batch, SN_WINDOW * sizeof *null);
  const u64 *col[64];
  int rc = null ? SEINE_OK : SN_NOMEM;
  if (!rc) memset(null, 0, s->n * sizeof *null);
  for (u32 c = 0; !rc && c < k->n; c++) {
    rc = keysValues(r, k, c, regs[c], s, rows, add, null);
    col[c] = k->col[c].bits;
  }
  if (rc) return rc;
  u16 *some = snArenaAlloc(&r->batch, SN_WINDOW * sizeof *some);
  u32 n = 0;
  if (!some) return SN_NOMEM;
  col[k->n] = null;
  for (u32 j = 0; j < rows.n; j++) {
    u32 i = rows.rows ? rows.rows[j] : j;
    bool none = null[i] & null_none;
    for (u32 c = 0; !add && c < k->n; c++)
      none |= snTypeForm(k->col[c].type) == FORM_STR &&
          col[c][i] == KEYS_NONE;
    gid[i] = KEYS_NONE;
    some[n] = (u16)i;
    n += !none;
  }
  return snTuplesRows(&k->all, col, (Rows16){some, n}, add, gid);
}

/* The strings are needed: their dictionary is of another thread. */
int snKeysLend(Run *r, Keys *from, Run *t, Keys *to) {
  int rc = SEINE_OK;
  memset(to, 0, sizeof *to);
  for (u32 c = 0; !rc && c < from->n; c++)
    if (from->col[c].dict) rc = keysTexts(r, from->col + c);
  if (rc) return rc;
  KeyColumn *col = snMemAlloc(t->budget, (from->n + 1) * sizeof *col);
  if (!col) return SN_NOMEM;
  *to = *from;
  to->lent = true;
  to->col = col;
  for (u32 c = 0; c < from->n; c++) {
    col[c] = from->col[c];
    col[c].budget = t->budget;
    col[c].map = NULL;
    col[c].map_n = 0;
    col[c].dict_key = 0;
    col[c].ids = snMemAlloc(t->budget, SN_WINDOW * sizeof(u32));
    col[c].bits = from->wide ? snMemAlloc(t->budget, SN_WINDOW * 8) : NULL;
    if (!col[c].ids || (from->wide && !col[c].bits)) rc = SN_NOMEM;
  }
  return rc;
}

int snKeysGids(Run *r, Keys *k, const u16 *regs, const Sel *s, bool add,
    u64 null_none, u32 *gid) {
  if (!k->n) {
    memset(gid, 0, s->n * sizeof *gid);
    return SEINE_OK;
  }
  if (keysAreWide(k)) {
    int rc = k->wide ? SEINE_OK : keysWide(r, k);
    return rc ? rc : keysTuples(r, k, regs, s, add, null_none, gid);
  }
  Rows16 rows = snRunSel(r, s);
  for (u32 c = 0; c < k->n; c++) {
    int rc = keysColumn(r, k->col + c, regs[c], s, rows, add);
    if (rc) return rc;
  }
  keysStart(k, rows, add, null_none, gid);
  return k->n > 1 ? keysFold(k, rows, add, gid) : SEINE_OK;
}

int snKeysIds(Run *r, Keys *k, u16 reg, const Sel *s, const u32 **out) {
  *out = k->col->ids;
  return keysColumn(r, k->col, reg, s, snRunSel(r, s), true);
}

/* The number of what group g has in column c; wide: of strings. */
static u32 keysId(const Keys *k, u32 c, u32 g) {
  if (k->wide) return (u32)k->all.v[(size_t)g * k->all.width + c];
  return k->n > 1 ? k->tuple[(size_t)g * k->n + c] : g;
}

/* As codes, of which not all may be asked for. */
static int keysEmitCodes(Run *r, const Keys *k, u32 c, u32 from, u32 n,
    u16 dst) {
  const KeyColumn *col = k->col + c;
  Vec *out = snReg(r, dst);
  u32 *codes = snRegCodes(r, dst);
  u64 *nulls = snRegNulls(r, dst);
  if (!codes || !nulls) return SN_NOMEM;
  for (u32 i = 0; i < n; i++) {
    u32 id = keysId(k, c, from + i);
    codes[i] = id ? col->code[id - 1] : 0;
    if (!id) snBitSet(nulls, i);
  }
  out->form = VEC_CODE;
  out->data = codes;
  out->dict = col->dict;
  out->dict_key = col->home_key;
  return SEINE_OK;
}

/* Codes, some of which are none. */
static int keysEmitAliens(Run *r, const Keys *k, u32 c, u32 from, u32 n,
    u16 dst) {
  const KeyColumn *col = k->col + c;
  u32 ord[SN_WINDOW], all = 0;
  u16 at[SN_WINDOW];
  DictText *t = snArenaAlloc(&r->batch, n * sizeof *t);
  int rc = t ? snRegFlat(r, dst) : SN_NOMEM;
  if (!rc && !snRegNulls(r, dst)) rc = SN_NOMEM;
  if (rc) return rc;
  Vec *out = snReg(r, dst);
  Str *to = out->data;
  memset(to, 0, n * sizeof *to);
  for (u32 i = 0; i < n; i++) {
    u32 id = keysId(k, c, from + i), code = id ? col->code[id - 1] : 0;
    if (!id) {
      snBitSet(out->nulls, i);
    } else if (code & KEYS_ALIEN) {
      const StrRef *s = col->str.refs + (code & ~KEYS_ALIEN);
      to[i] = (Str){(const u8 *)s->p, s->n, 0};
    } else {
      at[all] = (u16)i;
      ord[all++] = code;
    }
  }
  if (all) rc = snDictTexts(col->dict, ord, all, &r->batch, t);
  for (u32 i = 0; !rc && i < all; i++) to[at[i]] = (Str){t[i].p, t[i].n, 0};
  return rc;
}

static bool keysHasAliens(const Keys *k, u32 c, u32 from, u32 n) {
  const KeyColumn *col = k->col + c;
  u32 any = 0;
  for (u32 i = 0; col->str.n && i < n; i++) {
    u32 id = keysId(k, c, from + i);
    any |= id ? col->code[id - 1] : 0;
  }
  return any & KEYS_ALIEN;
}

static void keysPutInt(const KeyColumn *c, u64 x, Vec *out, u32 i) {
  if (c->type != TYPE_BOOLEAN) ((u64 *)out->data)[i] = x;
  else if (x) snBitSet(out->data, i);
  else snBitClear(out->data, i);
}

int snKeysEmit(Run *r, const Keys *k, u32 c, u32 from, u32 n, u16 dst) {
  const KeyColumn *col = k->col + c;
  if (col->dict)
    return keysHasAliens(k, c, from, n)
        ? keysEmitAliens(r, k, c, from, n, dst)
        : keysEmitCodes(r, k, c, from, n, dst);
  int rc = snRegFlat(r, dst);
  if (!rc && !snRegNulls(r, dst)) rc = SN_NOMEM;
  if (rc) return rc;
  Vec *out = snReg(r, dst);
  bool str = snTypeForm(out->type) == FORM_STR;
  if (str) memset(out->data, 0, n * sizeof(Str));
  for (u32 i = 0; i < n; i++) {
    const u64 *t = k->wide ? k->all.v + (size_t)(from + i) * k->all.width
                           : NULL;
    u32 id = t && !str ? 1 : keysId(k, c, from + i);
    if (!id || (t && t[k->n] >> c & 1)) {
      snBitSet(out->nulls, i);
    } else if (str) {
      const StrRef *s = col->str.refs + id - 1;
      ((Str *)out->data)[i] = (Str){(const u8 *)s->p, s->n, 0};
    } else {
      keysPutInt(col, t ? t[c] : col->num.keys[id - 1], out, i);
    }
  }
  return SEINE_OK;
}
#undef KEYS_FRESH
#undef KEYS_MET
#undef KEYS_ALIEN
#undef KEYS_GUEST
#undef KEYS_NEAR
#undef KEYS_ROWS
#undef KEYS_COLS
#undef KEYS_MANY
#undef KEYS_LOOSE
#undef KEYS_TIGHT
#undef KEYS_MOST
#undef KEYS_SPARSE
#undef KEYS_SIEVE
#undef KEYS_BLOCK
#undef KEYS_WIDE
