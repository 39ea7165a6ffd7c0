/*
** clickbench: a table of the shape of ClickBench's `hits`, as CSV to stdout.
**
**   clickbench ROWS [SEED]
**
** The columns and their order are those of ClickBench; the values are made
** here.  What is like the public table: the share of rows that hold a value at
** all (13 % have a search phrase, 0.6 % an advertisement, 7 % a model of a
** telephone), the number of different values for the rows (17 % as many users,
** about 18 % as many URLs, 6 % as many phrases, 9,000 regions), that few values
** have most of the rows, the length of texts (titles and phrases are Cyrillic,
** two bytes a letter), that a user keeps region, system, browser and screen,
** and that rows stand sorted by CounterID and EventDate with the hits of a
** visit one after the other.  CounterID 62 has 0.74 % of the rows, and the
** constants that the queries ask for (a user, two hashes) are there.  What is
** not: texts mean nothing, columns that are constant or nearly so there are
** constant here, and what one column tells of another is told by the user, the
** site and the page alone.
**
** The same arguments make the same bytes on every machine: integers, and
** doubles that are only multiplied.
*/
#define _POSIX_C_SOURCE 200809L
#include "random.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What the queries ask for by its number. */
#define CLICK_USER INT64_C(435090932899640449)
#define CLICK_URL_HASH INT64_C(2868770270353813622)
#define CLICK_REFERER_HASH INT64_C(3594120000172545465)

enum { CLICK_DAYS = 31, CLICK_62 = 1, CLICK_TEXT = 1024 };

static const char click_columns[] =
  "WatchID,JavaEnable,Title,GoodEvent,EventTime,EventDate,CounterID,ClientIP,"
  "RegionID,UserID,CounterClass,OS,UserAgent,URL,Referer,IsRefresh,"
  "RefererCategoryID,RefererRegionID,URLCategoryID,URLRegionID,"
  "ResolutionWidth,ResolutionHeight,ResolutionDepth,FlashMajor,FlashMinor,"
  "FlashMinor2,NetMajor,NetMinor,UserAgentMajor,UserAgentMinor,CookieEnable,"
  "JavascriptEnable,IsMobile,MobilePhone,MobilePhoneModel,Params,IPNetworkID,"
  "TraficSourceID,SearchEngineID,SearchPhrase,AdvEngineID,IsArtifical,"
  "WindowClientWidth,WindowClientHeight,ClientTimeZone,ClientEventTime,"
  "SilverlightVersion1,SilverlightVersion2,SilverlightVersion3,"
  "SilverlightVersion4,PageCharset,CodeVersion,IsLink,IsDownload,IsNotBounce,"
  "FUniqID,OriginalURL,HID,IsOldCounter,IsEvent,IsParameter,DontCountHits,"
  "WithHash,HitColor,LocalEventTime,Age,Sex,Income,Interests,Robotness,"
  "RemoteIP,WindowName,OpenerName,HistoryLength,BrowserLanguage,"
  "BrowserCountry,SocialNetwork,SocialAction,HTTPError,SendTiming,DNSTiming,"
  "ConnectTiming,ResponseStartTiming,ResponseEndTiming,FetchTiming,"
  "SocialSourceNetworkID,SocialSourcePage,ParamPrice,ParamOrderID,"
  "ParamCurrency,ParamCurrencyID,OpenstatServiceName,OpenstatCampaignID,"
  "OpenstatAdID,OpenstatSourceID,UTMSource,UTMMedium,UTMCampaign,UTMContent,"
  "UTMTerm,FromTag,HasGCLID,RefererHash,URLHash,CLID";

typedef struct ClickCounter {
  uint32_t id;
  uint64_t weight, rows;
  uint64_t pages;
} ClickCounter;

/* What a visit keeps. */
typedef struct ClickVisit {
  uint64_t user;         /* its number, not its id */
  int64_t second;        /* of the next hit, since midnight */
  char referer[CLICK_TEXT];
  char url[CLICK_TEXT];  /* of the hit before, or empty */
  char phrase[CLICK_TEXT];
  int engine, source, adv;
} ClickVisit;

typedef struct Click {
  uint64_t rows, users, seed;
  uint64_t state;        /* of the random numbers */
  uint64_t hash_url, hash_referer;   /* added, so that the constants are hit */
  int first;             /* no field of this row is out yet */
} Click;

static void clickStop(const char *what, const char *why) {
  fprintf(stderr, "clickbench: %s: %s\n", what, why);
  exit(1);
}

/* ---- random numbers ----------------------------------------------------- */

static uint64_t clickNext(Click *c) {
  return randomNext(&c->state);
}

/* A number that belongs to v and what: always the same one. */
static uint64_t clickOf(uint64_t v, uint64_t what) {
  return randomMix(randomMix(v + what * UINT64_C(0x9e3779b97f4a7c15)) + what);
}

static double clickReal(Click *c) {
  return (double)(clickNext(c) >> 11) * 0x1p-53;
}

static uint64_t clickBelow(Click *c, uint64_t n) {
  return (uint64_t)(clickReal(c) * (double)n);
}

/* Below n; the lower, the more often: the first of n = 1000 in 3 % of draws
** (power 2), in 10 % (power 3), in 18 % (power 4). */
static uint64_t clickSkew(Click *c, uint64_t n, int power) {
  double r = clickReal(c), x = r;
  while (--power) x *= r;
  return (uint64_t)(x * (double)n);
}

/* True in so many of 10,000 draws. */
static int clickChance(Click *c, uint64_t share) {
  return clickBelow(c, 10000) < share;
}

static uint64_t clickHash(const char *s) {
  return randomHash(s, strlen(s));
}

/* ---- texts --------------------------------------------------------------- */

static const char *const click_cyrillic[] = { "ка", "ро", "ма", "ни", "то",
  "ле", "ст", "ви", "по", "на", "де", "га", "зо", "ши", "бу", "фе", "ло", "ра",
  "чи", "мо", "тр", "ск", "ый", "ие", "ть", "ам", "ок", "ус", "ян", "ец", "хо",
  "жу" };
static const char *const click_latin[] = { "ba", "ro", "ma", "ni", "to", "le",
  "st", "vi", "po", "na", "de", "ga", "zo", "shi", "bu", "fe", "lo", "ra",
  "chi", "mo", "tra", "sk", "in", "ie", "ter", "am", "ok", "us", "an", "el",
  "ho", "zhu" };

static size_t clickPut(char *to, size_t at, const char *s) {
  size_t n = strlen(s);
  if (at + n >= CLICK_TEXT) return at;
  memcpy(to + at, s, n + 1);
  return at + n;
}

/* Word number w: two to five syllables. */
static size_t clickWord(char *to, size_t at, uint64_t w, int cyrillic) {
  uint64_t h = clickOf(w, 91);
  for (uint64_t n = 2 + (h & 3); n; n--, h >>= 5)
    at = clickPut(to, at, cyrillic ? click_cyrillic[h >> 2 & 31] :
        click_latin[h >> 2 & 31]);
  return at;
}

/* So many words that belong to v, from a vocabulary of 40,000 where some are
** frequent. */
static size_t clickWords(char *to, size_t at, uint64_t v, uint64_t n,
    int cyrillic) {
  for (uint64_t i = 0; i < n; i++) {
    double r = (double)(clickOf(v, 1000 + i) >> 11) * 0x1p-53;
    if (i) at = clickPut(to, at, " ");
    at = clickWord(to, at, (uint64_t)(r * r * r * 40000), cyrillic);
  }
  return at;
}

static void clickPhrase(Click *c, char *to) {
  uint64_t n = c->rows / 16 + 1;
  uint64_t p = clickChance(c, 3000) ? n + clickNext(c) % (n * 64) :
      clickSkew(c, n, 3);
  clickWords(to, 0, p + (UINT64_C(7) << 40), 1 + clickOf(p, 3) % 5, 1);
}

static void clickSite(const ClickCounter *site, char *to, size_t *at) {
  static const char *const tail[] = { ".ru", ".com", ".su", ".net", ".ua" };
  uint64_t h = clickOf(site->id, 5);
  *at = clickPut(to, 0, h & 1 ? "http://" : "http://www.");
  *at = clickWord(to, *at, h >> 8, 0);
  *at = clickPut(to, *at, tail[(h >> 1) % 5]);
  *at = clickPut(to, *at, "/");
}

/* The address of a page; every tenth draw has a parameter of its own. */
static void clickUrl(Click *c, const ClickCounter *site, uint64_t page,
    char *to) {
  uint64_t h = clickOf(page, site->id);
  char number[32];
  size_t at;
  clickSite(site, to, &at);
  if (page) {
    for (uint64_t n = h % 4; n; n--) {
      at = clickWord(to, at, h >> (4 * n) & 1023, 0);
      at = clickPut(to, at, n & 1 ? "/" : "-");
    }
    if (h >> 20 & 4095) at = clickPut(to, at, "page/");
    else at = clickPut(to, at, "google-play/");
    snprintf(number, sizeof number, "%llu.html", (unsigned long long)page);
    at = clickPut(to, at, number);
  }
  if (c && clickChance(c, 1200)) {
    snprintf(number, sizeof number, "?sid=%llx",
        (unsigned long long)clickNext(c));
    at = clickPut(to, at, number);
    clickPut(to, at, "&state=on&order=price&view=list&filter=all");
  }
}

static void clickTitle(const ClickCounter *site, uint64_t page, char *to) {
  uint64_t h = clickOf(page / 2, site->id + 77);
  size_t at = clickWords(to, 0, h, 2 + h % 9, 1);
  if (h >> 20 & 4095) at = clickPut(to, at, " - ");
  else at = clickPut(to, at, " (Google) - ");
  at = clickWords(to, at, site->id, 2, 1);
}

/* ---- what is written ----------------------------------------------------- */

static void clickComma(Click *c) {
  if (!c->first) putchar(',');
  c->first = 0;
}

static void clickInt(Click *c, int64_t v) {
  char digits[24], *p = digits + sizeof digits;
  uint64_t u = v < 0 ? 0 - (uint64_t)v : (uint64_t)v;
  do *--p = (char)('0' + u % 10); while (u /= 10);
  if (v < 0) *--p = '-';
  clickComma(c);
  fwrite(p, 1, (size_t)(digits + sizeof digits - p), stdout);
}

static void clickZeros(Click *c, int n) {
  while (n--) clickInt(c, 0);
}

/* No text has a quote in it. */
static void clickText(Click *c, const char *s) {
  clickComma(c);
  putchar('"');
  fputs(s, stdout);
  putchar('"');
}

static void clickEmpties(Click *c, int n) {
  while (n--) clickText(c, "");
}

static void clickTime(Click *c, int day, int64_t second) {
  clickComma(c);
  if (second < 0) second = 0;
  if (second > 86399) second = 86399;
  printf("2013-07-%02d %02d:%02d:%02d", day + 1, (int)(second / 3600),
      (int)(second / 60 % 60), (int)(second % 60));
}

/* ---- a visit ------------------------------------------------------------- */

/* This hit comes from a search engine. */
static void clickSearch(Click *c, ClickVisit *v) {
  static const char *const engines[] = { "http://yandex.ru/yandsearch",
    "http://www.google.ru/search", "http://go.mail.ru/search",
    "http://nova.rambler.ru/search" };
  size_t at;
  v->engine = 2 + (int)clickSkew(c, 4, 2);
  v->source = -1;
  if (clickChance(c, 9800)) clickPhrase(c, v->phrase);
  at = clickPut(v->referer, 0, engines[v->engine - 2]);
  at = clickPut(v->referer, at, "?text=");
  at = clickPut(v->referer, at, v->phrase);
  clickPut(v->referer, at, "&lr=213");
}

static void clickVisit(Click *c, const ClickCounter *site, ClickVisit *v) {
  double r = clickReal(c);
  memset(v, 0, sizeof *v);
  v->user = (uint64_t)(r * (0.25 + 0.75 * r) * (double)c->users);
  v->second = (int64_t)(86400 * (clickReal(c) + clickReal(c)) / 2);
  if (site->id == 62 && clickChance(c, 300)) {
    v->source = 6;
    clickPut(v->referer, 0, "http://portal.su/");
  } else if (clickChance(c, 2800)) clickSearch(c, v);
  else if (clickChance(c, 4500)) {
    ClickCounter other = { .id = 1000 + (uint32_t)clickSkew(c, 20000, 3) };
    v->source = 1 + (int)clickSkew(c, 6, 1);
    clickUrl(c, &other, clickSkew(c, 40, 3), v->referer);
  }
  if (clickChance(c, 65)) {
    static const unsigned char ids[] = { 2, 27, 13, 45, 44, 3, 62, 52, 50, 28,
      53, 25, 61, 21, 42, 16, 7, 22 };
    v->adv = ids[clickSkew(c, sizeof ids, 3)];
    v->source = 3;
  }
}

/* The next hit of the visit: from a page here, or from a search again. */
static void clickNextHit(Click *c, ClickVisit *v, const char *url) {
  strcpy(v->url, url);
  v->phrase[0] = v->referer[0] = 0;
  v->engine = v->source = 0;
  if (clickChance(c, 1000)) clickSearch(c, v);
  else if (clickChance(c, 8500)) strcpy(v->referer, url);
  v->second += 1 + (int64_t)clickSkew(c, 600, 3);
}

/* ---- a row --------------------------------------------------------------- */

static void clickAgent(Click *c, uint64_t u) {
  static const short width[] = { 1366, 1280, 1920, 1024, 1440, 1600, 1680, 320,
    1152, 2560, 800, 768 };
  static const short height[] = { 768, 1024, 1080, 768, 900, 900, 1050, 480,
    864, 1440, 600, 1024 };
  static const char *const minor2[] = { "700", "800", "202", "" };
  static const char *const agent[] = { "D", "3", "0", "1", "25", "x", "" };
  uint64_t h = clickOf(u, 11) % 144, screen = h * h / 1728;
  clickInt(c, width[screen]);
  clickInt(c, height[screen]);
  clickInt(c, clickOf(u, 12) % 10 ? 24 : 32);
  clickInt(c, clickOf(u, 13) % 8 ? 11 : 0);
  clickInt(c, (int64_t)(clickOf(u, 14) % 8));
  clickText(c, minor2[clickOf(u, 15) % 4]);
  clickInt(c, (int64_t)(clickOf(u, 16) % 5));
  clickInt(c, (int64_t)(clickOf(u, 17) % 3));
  clickInt(c, (int64_t)(clickOf(u, 18) % 28));
  clickText(c, agent[clickOf(u, 19) % 7]);
}

/* 7 % of users have a telephone with a name, one of 166 models. */
static void clickPhone(Click *c, uint64_t u) {
  static const char *const brand[] = { "iPad", "iPhone", "A500", "N8-00",
    "GT-I", "LG", "Lumia ", "HTC ", "Asha ", "Xperia " };
  char model[CLICK_TEXT] = "";
  uint64_t h = clickOf(u, 20) % 1000, m = clickOf(u, 21) % 1000;
  int mobile = h < 70;
  m = m * m / 1000 * m / 1000;
  if (mobile) {
    size_t at = clickPut(model, 0, brand[m % 10]);
    char number[32];
    snprintf(number, sizeof number, "%d", (int)(m * 166 / 10000));
    if (m >= 20) clickPut(model, at, number);
  }
  clickInt(c, 1);
  clickInt(c, 1);
  clickInt(c, mobile);
  clickInt(c, mobile ? (int64_t)(1 + m % 90) : 0);
  clickText(c, model);
}

static void clickEnd(Click *c, const char *url, const char *referer) {
  static const char *const source[] = { "yandex", "google", "mail", "vk" };
  int paid = clickChance(c, 60), stat = clickChance(c, 40);
  clickInt(c, clickChance(c, 20) ? 404 : 0);
  for (int i = 0, on = clickChance(c, 6000); i < 5; i++)
    clickInt(c, on ? (int64_t)clickSkew(c, 3000, 3) : 0);
  clickInt(c, clickChance(c, 3000) ? (int64_t)clickSkew(c, 1000, 2) : 0);
  clickInt(c, 0);
  clickText(c, "");
  clickInt(c, clickChance(c, 30) ? (int64_t)clickSkew(c, 100000, 2) : 0);
  clickText(c, "");
  clickText(c, clickChance(c, 30) ? "RUB" : "");
  clickInt(c, 0);
  clickText(c, stat ? "direct.yandex.ru" : "");
  clickEmpties(c, 3);
  clickText(c, paid ? source[clickSkew(c, 4, 2)] : "");
  clickText(c, paid ? "cpc" : "");
  clickText(c, paid ? "july" : "");
  clickEmpties(c, 3);
  clickInt(c, paid && clickChance(c, 2000));
  clickInt(c, (int64_t)(clickHash(referer) + c->hash_referer));
  clickInt(c, (int64_t)(clickHash(url) + c->hash_url));
  clickInt(c, 0);
  putchar('\n');
}

static int64_t clickUser(const Click *c, uint64_t u) {
  if (u == c->users / 16) return CLICK_USER;
  return (int64_t)(clickOf(u, 1 + c->seed * 1000) >> 1);
}

static void clickRow(Click *c, const ClickCounter *site, int day,
    ClickVisit *v) {
  uint64_t u = v->user, page = clickSkew(c, site->pages, 3);
  char url[CLICK_TEXT] = "", title[CLICK_TEXT] = "";
  char language[3] = { 'r', 'u', 0 };
  int again = *v->url && clickChance(c, 900);
  uint64_t region = clickOf(u, 2) % 9000;
  int64_t ip = (int32_t)clickOf(u, clickChance(c, 1000) ? 4 : 3);
  c->first = 1;
  if (again) strcpy(url, v->url);
  else clickUrl(c, site, page, url);
  if (!clickChance(c, 1400)) clickTitle(site, page, title);
  clickInt(c, (int64_t)(clickNext(c) >> 1));
  clickInt(c, clickOf(u, 5) % 3 > 0);
  clickText(c, title);
  clickInt(c, 1);
  clickTime(c, day, v->second);
  printf(",2013-07-%02d", day + 1);
  clickInt(c, site->id);
  clickInt(c, ip);
  clickInt(c, clickOf(u, 6) % 5 ? (int64_t)(region * region / 9000 * region /
      9000 + 1) : 229);
  clickInt(c, clickUser(c, u));
  clickInt(c, clickOf(site->id, 6) % 4 == 0);
  clickInt(c, (int64_t)(clickOf(u, 7) % 91 * (clickOf(u, 8) % 91) / 90));
  clickInt(c, (int64_t)(clickOf(u, 9) % 82 * (clickOf(u, 10) % 82) / 81));
  clickText(c, url);
  clickText(c, v->referer);
  clickInt(c, again || clickChance(c, 500));
  clickInt(c, *v->referer ? (int64_t)(clickHash(v->referer) % 3 * 8000) : 0);
  clickInt(c, *v->referer ? (int64_t)(clickHash(v->referer) % 1500) : 0);
  clickInt(c, (int64_t)(clickOf(site->id, 7) % 3 * 9000));
  clickInt(c, (int64_t)(clickOf(site->id, 8) % 1500));
  clickAgent(c, u);
  clickPhone(c, u);
  clickText(c, "");
  clickInt(c, (int64_t)(clickOf((uint64_t)ip >> 12, 22) % 4000000));
  clickInt(c, v->source);
  clickInt(c, v->engine);
  clickText(c, v->phrase);
  clickInt(c, v->adv);
  clickInt(c, 0);
  clickInt(c, (int64_t)(600 + clickOf(u, 23) % 1300));
  clickInt(c, (int64_t)(300 + clickOf(u, 24) % 700));
  clickInt(c, (int64_t)(clickOf(u, 25) % 24 * 60) - 720);
  clickTime(c, day, v->second + (int64_t)(clickOf(u, 26) % 600) - 300);
  clickInt(c, clickOf(u, 27) % 2 ? 5 : 0);
  clickInt(c, clickOf(u, 27) % 2 ? 1 : 0);
  clickInt(c, clickOf(u, 27) % 2 ? (int64_t)(clickOf(u, 28) % 6) * 10000 : 0);
  clickInt(c, 0);
  clickText(c, clickOf(site->id, 9) % 3 ? "windows-1251;charset" : "utf-8");
  clickInt(c, (int64_t)(1 + clickOf(site->id, 10) % 1500));
  clickInt(c, clickChance(c, 2500));
  clickInt(c, clickChance(c, 60));
  clickInt(c, clickChance(c, 4000));
  clickInt(c, clickOf(u, 29) % 3 ? (int64_t)(clickOf(u, 30) >> 1) : 0);
  clickText(c, clickChance(c, 900) ? url : "");
  clickInt(c, (int64_t)(clickNext(c) >> 33));
  clickZeros(c, 2);
  clickInt(c, clickChance(c, 200));
  clickInt(c, clickChance(c, 1400));
  clickInt(c, 0);
  clickText(c, clickOf(u, 31) % 4 ? "5" : "D");
  clickTime(c, day, v->second + 7200);
  clickInt(c, (int64_t)(clickOf(u, 32) % 5 ? clickOf(u, 33) % 56 : 0));
  clickInt(c, (int64_t)(clickOf(u, 34) % 3));
  clickInt(c, (int64_t)(clickOf(u, 35) % 4));
  clickInt(c, (int64_t)(clickOf(u, 36) % 16000));
  clickInt(c, clickOf(u, 37) % 50 ? 0 : 1);
  clickInt(c, ip);
  clickInt(c, -1);
  clickInt(c, -1);
  clickInt(c, (int64_t)clickSkew(c, 50, 3));
  if (clickOf(u, 38) % 12 == 0) memcpy(language, "en", 2);
  clickText(c, language);
  clickText(c, clickOf(u, 39) % 8 ? "RU" : "UA");
  clickEmpties(c, 2);
  clickEnd(c, url, v->referer);
  clickNextHit(c, v, url);
}

static void clickCounters(Click *c, ClickCounter *site, uint64_t n) {
  uint64_t sum = 0, given = 0;
  for (uint64_t i = 0; i < n; i++) {
    /* The place in the order of sizes, which has nothing to do with the id. */
    uint64_t rank = clickBelow(c, n);
    site[i].id = (uint32_t)(i <= CLICK_62 ? 57 + 5 * i : 62 + 50 * i +
        clickBelow(c, 49));
    site[i].weight = UINT64_C(1000000000) / (rank + 2);
    if (i != CLICK_62) sum += site[i].weight;
  }
  site[CLICK_62].weight = sum * 74 / 9926;
  sum += site[CLICK_62].weight;
  for (uint64_t i = 0; i < n; i++) {
    site[i].rows = i + 1 < n ? (uint64_t)((double)c->rows *
        (double)site[i].weight / (double)sum) : c->rows - given;
    given += site[i].rows;
    site[i].pages = site[i].rows / 9 + 1;
  }
}

/* A weekend has less. */
static void clickDays(Click *c, const ClickCounter *site) {
  ClickVisit v = { 0 };
  uint64_t done = 0, weight = 0, total = 0;
  for (int d = 0; d < CLICK_DAYS; d++) total += d % 7 > 4 ? 7 : 10;
  for (int d = 0; d < CLICK_DAYS; d++) {
    uint64_t to, left = 0;
    weight += d % 7 > 4 ? 7 : 10;
    to = d + 1 < CLICK_DAYS ? (uint64_t)((double)site->rows * (double)weight /
        (double)total) : site->rows;
    for (; done < to; done++, left--) {
      if (!left) {
        left = 1 + clickSkew(c, 14, 2);
        clickVisit(c, site, &v);
      }
      clickRow(c, site, d, &v);
    }
  }
}

static uint64_t clickNumber(const char *s) {
  char *end;
  uint64_t v = strtoull(s, &end, 10);
  if (*s < '0' || *s > '9' || *end) clickStop(s, "is no number");
  return v;
}

int main(int argc, char **argv) {
  static char buffer[1 << 20];
  Click c = { 0 };
  ClickCounter *site;
  uint64_t n;
  char url[CLICK_TEXT];
  if (argc != 2 && argc != 3) {
    fprintf(stderr, "usage: clickbench ROWS [SEED]\n");
    return 2;
  }
  setvbuf(stdout, buffer, _IOFBF, sizeof buffer);
  c.rows = clickNumber(argv[1]);
  if (c.rows > UINT64_C(1) << 40) clickStop(argv[1], "is too many");
  c.seed = argc == 3 ? clickNumber(argv[2]) : 1;
  c.state = randomMix(c.seed);
  c.users = c.rows * 22 / 100 + 1;
  /* 6,500 counters of 100 M rows; fewer of less, by the root. */
  for (n = 16; n * n * 2 < c.rows;) n += n / 16;
  site = calloc(n, sizeof *site);
  if (!site) clickStop("memory", "there is none left");
  clickCounters(&c, site, n);
  clickUrl(NULL, &site[CLICK_62], 0, url);
  c.hash_url = (uint64_t)CLICK_URL_HASH - clickHash(url);
  c.hash_referer = (uint64_t)CLICK_REFERER_HASH -
      clickHash("http://portal.su/");
  puts(click_columns);
  for (uint64_t i = 0; i < n; i++) clickDays(&c, &site[i]);
  free(site);
  if (fflush(stdout)) clickStop("output", "cannot be written");
  return 0;
}
