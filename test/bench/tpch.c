/*
** tpch: the tables of TPC-H, as CSV to stdout.
**
**   tpch SCALE TABLE [SEED]
**
** Rows, keys, ranges, distributions and dependent columns are those of the
** specification's section 4.2.3 (sparse order keys, four suppliers of a part,
** customers without orders, prices by part, flags by date); the random numbers
** and the words of comments are its own, so answers are not those of the
** specification's validation.  Comments are of 42 words that include those
** which queries look for, and a part's five colours may repeat.  SCALE is the
** scale factor, in steps of 0.001.
**
** A row depends on SEED, its table and its key alone, so that lineitem and
** orders agree though each is made by itself.  Integers only: the same
** arguments make the same bytes on every machine.
*/
#include "random.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TPCH_OF(list) ((int64_t)(sizeof(list) / sizeof *(list)))

enum {
  TPCH_PARTS = 200, TPCH_SUPPLIERS = 10, TPCH_CUSTOMERS = 150,
  TPCH_ORDERS = 1500, TPCH_CLERKS = 1,   /* for each thousandth */
  TPCH_FIRST = 8035,                     /* 1992-01-01, days since 1970 */
  TPCH_ORDER_DAYS = 2406,                /* to 1998-12-31 less 151 days */
  TPCH_NOW = 9298                        /* 1995-06-17 */
};

typedef struct Tpch {
  uint64_t seed, state;
  int64_t milli;
} Tpch;

typedef struct TpchLine {
  int64_t part, supplier, quantity, price, discount, tax;
  int64_t ship, commit, receipt;
} TpchLine;

static void tpchStop(const char *what, const char *why) {
  fprintf(stderr, "tpch: %s: %s\n", what, why);
  exit(1);
}

/* ---- random numbers ----------------------------------------------------- */

/* The numbers of a row begin here. */
static void tpchRow(Tpch *t, int table, int64_t key) {
  t->state = randomMix(t->seed * 16 + (uint64_t)table) + randomMix(~(uint64_t)key);
}

static int64_t tpchDraw(Tpch *t, int64_t low, int64_t high) {
  uint64_t n = (uint64_t)(high - low + 1);
  return low + (int64_t)((randomNext(&t->state) >> 32) * n >> 32);
}

/* ---- words -------------------------------------------------------------- */

static const char *const tpch_regions[] = { "AFRICA", "AMERICA", "ASIA",
  "EUROPE", "MIDDLE EAST" };
static const struct { const char *name; int region; } tpch_nations[] = {
  { "ALGERIA", 0 }, { "ARGENTINA", 1 }, { "BRAZIL", 1 }, { "CANADA", 1 },
  { "EGYPT", 4 }, { "ETHIOPIA", 0 }, { "FRANCE", 3 }, { "GERMANY", 3 },
  { "INDIA", 2 }, { "INDONESIA", 2 }, { "IRAN", 4 }, { "IRAQ", 4 },
  { "JAPAN", 2 }, { "JORDAN", 4 }, { "KENYA", 0 }, { "MOROCCO", 0 },
  { "MOZAMBIQUE", 0 }, { "PERU", 1 }, { "CHINA", 2 }, { "ROMANIA", 3 },
  { "SAUDI ARABIA", 4 }, { "VIETNAM", 2 }, { "RUSSIA", 3 },
  { "UNITED KINGDOM", 3 }, { "UNITED STATES", 1 } };
static const char *const tpch_colors[] = { "almond", "antique", "aquamarine",
  "azure", "beige", "bisque", "black", "blanched", "blue", "blush", "brown",
  "burlywood", "burnished", "chartreuse", "chiffon", "chocolate", "coral",
  "cornflower", "cornsilk", "cream", "cyan", "dark", "deep", "dim", "dodger",
  "drab", "firebrick", "floral", "forest", "frosted", "gainsboro", "ghost",
  "goldenrod", "green", "grey", "honeydew", "hot", "indian", "ivory", "khaki",
  "lace", "lavender", "lawn", "lemon", "light", "lime", "linen", "magenta",
  "maroon", "medium", "metallic", "midnight", "mint", "misty", "moccasin",
  "navajo", "navy", "olive", "orange", "orchid", "pale", "papaya", "peach",
  "peru", "pink", "plum", "powder", "puff", "purple", "red", "rose", "rosy",
  "royal", "saddle", "salmon", "sandy", "seashell", "sienna", "sky", "slate",
  "smoke", "snow", "spring", "steel", "tan", "thistle", "tomato", "turquoise",
  "violet", "wheat", "white", "yellow" };
static const char *const tpch_type1[] = { "STANDARD", "SMALL", "MEDIUM",
  "LARGE", "ECONOMY", "PROMO" };
static const char *const tpch_type2[] = { "ANODIZED", "BURNISHED", "PLATED",
  "POLISHED", "BRUSHED" };
static const char *const tpch_type3[] = { "TIN", "NICKEL", "BRASS", "STEEL",
  "COPPER" };
static const char *const tpch_size[] = { "SM", "LG", "MED", "JUMBO", "WRAP" };
static const char *const tpch_box[] = { "CASE", "BOX", "BAG", "JAR", "PKG",
  "PACK", "CAN", "DRUM" };
static const char *const tpch_segments[] = { "AUTOMOBILE", "BUILDING",
  "FURNITURE", "MACHINERY", "HOUSEHOLD" };
static const char *const tpch_priorities[] = { "1-URGENT", "2-HIGH",
  "3-MEDIUM", "4-NOT SPECIFIED", "5-LOW" };
static const char *const tpch_instructions[] = { "DELIVER IN PERSON",
  "COLLECT COD", "NONE", "TAKE BACK RETURN" };
static const char *const tpch_modes[] = { "REG AIR", "AIR", "RAIL", "SHIP",
  "TRUCK", "MAIL", "FOB" };
static const char *const tpch_words[] = { "special", "requests", "packages",
  "accounts", "deposits", "pending", "unusual", "express", "regular", "final",
  "the", "among", "above", "against", "quickly", "slowly", "barges", "crates",
  "invoices", "ledgers", "harbours", "sailors", "carry", "follow", "wait",
  "sort", "count", "promise", "weigh", "silent", "early", "late", "bright",
  "narrow", "beside", "under", "without", "after", "clerks", "pallets",
  "furrows", "lanterns" };

/* One of a list.  Once in an argument list: the order of draws is fixed. */
#define TPCH_ANY(t, list) ((list)[tpchDraw(t, 0, TPCH_OF(list) - 1)])

/* A comment of low to high characters. */
static void tpchComment(Tpch *t, int low, int high) {
  char text[256];
  size_t size = (size_t)tpchDraw(t, low, high), n = 0;
  while (n < size) {
    const char *w = TPCH_ANY(t, tpch_words);
    size_t k = strlen(w);
    memcpy(text + n, w, k);
    text[n + k] = ' ';
    n += k + 1;
  }
  n = size;
  if (text[n - 1] == ' ') text[n - 1] = '.';
  printf(",%.*s", (int)n, text);
}

static void tpchAddress(Tpch *t) {
  static const char letters[] =
    "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ  ";
  char text[41];
  int n = (int)tpchDraw(t, 10, 40);
  for (int i = 0; i < n; i++)
    text[i] = letters[tpchDraw(t, 0, i && i < n - 1 ? 63 : 61)];
  printf(",%.*s", n, text);
}

static void tpchPhone(Tpch *t, int64_t nation) {
  int a = (int)tpchDraw(t, 100, 999), b = (int)tpchDraw(t, 100, 999);
  printf(",%d-%d-%d-%d", (int)nation + 10, a, b, (int)tpchDraw(t, 1000, 9999));
}

static void tpchMoney(int64_t cents) {
  printf(",%s%lld.%02d", cents < 0 ? "-" : "", (long long)llabs(cents) / 100,
      (int)(llabs(cents) % 100));
}

static void tpchDate(int64_t days) {
  /* Since 1988-03-01: behind a leap day, and every fourth year has one. */
  int64_t z = days - 6634, cycle, year, day, month;
  cycle = z / 1461;
  day = z % 1461;
  year = day == 1460 ? 3 : day / 365;
  day -= year * 365;
  month = (5 * day + 2) / 153;
  day -= (153 * month + 2) / 5;
  year += 1988 + 4 * cycle + (month > 9);
  printf(",%d-%02d-%02d", (int)year, (int)(month > 9 ? month - 9 : month + 3),
      (int)day + 1);
}

/* ---- tables ------------------------------------------------------------- */

static void tpchRegion(Tpch *t) {
  puts("r_regionkey,r_name,r_comment");
  for (int i = 0; i < TPCH_OF(tpch_regions); i++) {
    tpchRow(t, 0, i);
    printf("%d,%s", i, tpch_regions[i]);
    tpchComment(t, 31, 115);
    putchar('\n');
  }
}

static void tpchNation(Tpch *t) {
  puts("n_nationkey,n_name,n_regionkey,n_comment");
  for (int i = 0; i < TPCH_OF(tpch_nations); i++) {
    tpchRow(t, 1, i);
    printf("%d,%s,%d", i, tpch_nations[i].name, tpch_nations[i].region);
    tpchComment(t, 31, 114);
    putchar('\n');
  }
}

/* Five of 10,000 have complaints in their comment, five recommendations. */
static void tpchSupplier(Tpch *t) {
  puts("s_suppkey,s_name,s_address,s_nationkey,s_phone,s_acctbal,s_comment");
  for (int64_t k = 1; k <= TPCH_SUPPLIERS * t->milli; k++) {
    int64_t nation, kind;
    tpchRow(t, 2, k);
    nation = tpchDraw(t, 0, 24);
    kind = tpchDraw(t, 0, 1999);
    printf("%lld,Supplier#%09lld", (long long)k, (long long)k);
    tpchAddress(t);
    printf(",%d", (int)nation);
    tpchPhone(t, nation);
    tpchMoney(tpchDraw(t, -99999, 999999));
    tpchComment(t, 25, 70);
    if (kind < 2) printf(" Customer %s %s", TPCH_ANY(t, tpch_words),
        kind ? "Recommends" : "Complaints");
    putchar('\n');
  }
}

static int64_t tpchRetail(int64_t part) {
  return 90000 + part / 10 % 20001 + 100 * (part % 1000);
}

static int64_t tpchSupplierOf(const Tpch *t, int64_t part, int64_t i) {
  int64_t n = TPCH_SUPPLIERS * t->milli;
  return (part + i * (n / 4 + (part - 1) / n)) % n + 1;
}

static void tpchPart(Tpch *t) {
  puts("p_partkey,p_name,p_mfgr,p_brand,p_type,p_size,p_container,"
       "p_retailprice,p_comment");
  for (int64_t k = 1; k <= TPCH_PARTS * t->milli; k++) {
    int maker, brand, size;
    tpchRow(t, 3, k);
    printf("%lld", (long long)k);
    for (int i = 0; i < 5; i++)
      printf("%c%s", i ? ' ' : ',', TPCH_ANY(t, tpch_colors));
    maker = (int)tpchDraw(t, 1, 5);
    brand = (int)tpchDraw(t, 1, 5);
    printf(",Manufacturer#%d,Brand#%d%d", maker, maker, brand);
    printf(",%s", TPCH_ANY(t, tpch_type1));
    printf(" %s", TPCH_ANY(t, tpch_type2));
    printf(" %s", TPCH_ANY(t, tpch_type3));
    size = (int)tpchDraw(t, 1, 50);
    printf(",%d,%s", size, TPCH_ANY(t, tpch_size));
    printf(" %s", TPCH_ANY(t, tpch_box));
    tpchMoney(tpchRetail(k));
    tpchComment(t, 5, 22);
    putchar('\n');
  }
}

static void tpchPartsupp(Tpch *t) {
  puts("ps_partkey,ps_suppkey,ps_availqty,ps_supplycost,ps_comment");
  for (int64_t k = 1; k <= TPCH_PARTS * t->milli; k++) {
    tpchRow(t, 4, k);
    for (int i = 0; i < 4; i++) {
      printf("%lld,%lld,%d", (long long)k, (long long)tpchSupplierOf(t, k, i),
          (int)tpchDraw(t, 1, 9999));
      tpchMoney(tpchDraw(t, 100, 100000));
      tpchComment(t, 49, 198);
      putchar('\n');
    }
  }
}

static void tpchCustomer(Tpch *t) {
  puts("c_custkey,c_name,c_address,c_nationkey,c_phone,c_acctbal,"
       "c_mktsegment,c_comment");
  for (int64_t k = 1; k <= TPCH_CUSTOMERS * t->milli; k++) {
    int64_t nation;
    tpchRow(t, 5, k);
    nation = tpchDraw(t, 0, 24);
    printf("%lld,Customer#%09lld", (long long)k, (long long)k);
    tpchAddress(t);
    printf(",%d", (int)nation);
    tpchPhone(t, nation);
    tpchMoney(tpchDraw(t, -99999, 999999));
    printf(",%s", TPCH_ANY(t, tpch_segments));
    tpchComment(t, 29, 116);
    putchar('\n');
  }
}

/* ---- orders and their lines --------------------------------------------- */

/* Eight keys of 32 are used. */
static int64_t tpchOrderKey(int64_t i) {
  return (i - 1) / 8 * 32 + (i - 1) % 8 + 1;
}

/* The lines of an order: so many. */
static int tpchLines(Tpch *t, int64_t order, int64_t *date, TpchLine *line) {
  int n;
  tpchRow(t, 6, order);
  *date = TPCH_FIRST + tpchDraw(t, 0, TPCH_ORDER_DAYS - 1);
  n = (int)tpchDraw(t, 1, 7);
  for (int i = 0; i < n; i++, line++) {
    line->quantity = tpchDraw(t, 1, 50);
    line->discount = tpchDraw(t, 0, 10);
    line->tax = tpchDraw(t, 0, 8);
    line->part = tpchDraw(t, 1, TPCH_PARTS * t->milli);
    line->supplier = tpchSupplierOf(t, line->part, tpchDraw(t, 0, 3));
    line->price = line->quantity * tpchRetail(line->part);
    line->ship = *date + tpchDraw(t, 1, 121);
    line->commit = *date + tpchDraw(t, 30, 90);
    line->receipt = line->ship + tpchDraw(t, 1, 30);
  }
  return n;
}

static void tpchOrders(Tpch *t) {
  TpchLine line[7];
  puts("o_orderkey,o_custkey,o_orderstatus,o_totalprice,o_orderdate,"
       "o_orderpriority,o_clerk,o_shippriority,o_comment");
  for (int64_t k = 1; k <= TPCH_ORDERS * t->milli; k++) {
    int64_t date, total = 0, customer;
    int n = tpchLines(t, k, &date, line), open = 0;
    for (int i = 0; i < n; i++) {
      total += (line[i].price * (100 - line[i].discount) / 100) *
          (100 + line[i].tax) / 100;
      open += line[i].ship > TPCH_NOW;
    }
    tpchRow(t, 7, k);
    /* A third of the customers never order. */
    do customer = tpchDraw(t, 1, TPCH_CUSTOMERS * t->milli);
    while (customer % 3 == 0);
    printf("%lld,%lld,%c", (long long)tpchOrderKey(k), (long long)customer,
        !open ? 'F' : open == n ? 'O' : 'P');
    tpchMoney(total);
    tpchDate(date);
    printf(",%s", TPCH_ANY(t, tpch_priorities));
    printf(",Clerk#%09lld,0", (long long)tpchDraw(t, 1, TPCH_CLERKS *
        t->milli));
    tpchComment(t, 19, 78);
    putchar('\n');
  }
}

static void tpchLineitem(Tpch *t) {
  TpchLine line[7], *l = line;
  puts("l_orderkey,l_partkey,l_suppkey,l_linenumber,l_quantity,"
       "l_extendedprice,l_discount,l_tax,l_returnflag,l_linestatus,l_shipdate,"
       "l_commitdate,l_receiptdate,l_shipinstruct,l_shipmode,l_comment");
  for (int64_t k = 1; k <= TPCH_ORDERS * t->milli; k++) {
    int64_t date;
    int n = tpchLines(t, k, &date, line);
    tpchRow(t, 8, k);
    for (l = line; l < line + n; l++) {
      printf("%lld,%lld,%lld,%d,%lld.00", (long long)tpchOrderKey(k),
          (long long)l->part, (long long)l->supplier, (int)(l - line) + 1,
          (long long)l->quantity);
      tpchMoney(l->price);
      tpchMoney(l->discount);
      tpchMoney(l->tax);
      printf(",%c,%c", l->receipt > TPCH_NOW ? 'N' : "RA"[tpchDraw(t, 0, 1)],
          l->ship > TPCH_NOW ? 'O' : 'F');
      tpchDate(l->ship);
      tpchDate(l->commit);
      tpchDate(l->receipt);
      printf(",%s", TPCH_ANY(t, tpch_instructions));
      printf(",%s", TPCH_ANY(t, tpch_modes));
      tpchComment(t, 10, 43);
      putchar('\n');
    }
  }
}

/* Thousandths: of "0.1" 100. */
static int64_t tpchMilli(const char *s) {
  char *end;
  double v = strtod(s, &end);
  if (*end || !(v >= 0.001 && v <= 10000))
    tpchStop(s, "is no scale from 0.001 to 10000");
  return (int64_t)(v * 1000 + 0.5);
}

int main(int argc, char **argv) {
  static const struct { const char *name; void (*make)(Tpch *); } tables[] = {
    { "region", tpchRegion }, { "nation", tpchNation },
    { "supplier", tpchSupplier }, { "part", tpchPart },
    { "partsupp", tpchPartsupp }, { "customer", tpchCustomer },
    { "orders", tpchOrders }, { "lineitem", tpchLineitem } };
  static char buffer[1 << 20];
  Tpch t = { 0 };
  int i;
  if (argc != 3 && argc != 4) {
    fprintf(stderr, "usage: tpch SCALE TABLE [SEED]\n");
    return 2;
  }
  setvbuf(stdout, buffer, _IOFBF, sizeof buffer);
  t.milli = tpchMilli(argv[1]);
  t.seed = argc == 4 ? strtoull(argv[3], NULL, 10) : 1;
  for (i = 0; i < TPCH_OF(tables) && strcmp(argv[2], tables[i].name); i++) {}
  if (i == TPCH_OF(tables)) tpchStop(argv[2], "is no table of TPC-H");
  tables[i].make(&t);
  if (fflush(stdout)) tpchStop("output", "cannot be written");
  return 0;
}
