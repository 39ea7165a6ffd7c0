/*
** chain_test: analyzers as chains.  Prints TAP.
**
** 1. each part against the examples of Lucene's and Elasticsearch's manuals
** 2. token filters against small models, on random words
** 3. synonyms against a model that tries every rule at every place
** 4. character filters: what is cut from the source is what was searched
** 5. the built-in chains written out cut like the built-in names
** 6. stop lists: their words, and none other
** 7. errors: their part, their hint
** 8. hostile chains and texts: random bytes, time, explosions
*/
#include "text/textInt.h"
#include <time.h>

static u32 chainCount, chainFailed;

static void chainOk(bool ok, const char *what) {
  chainCount++;
  chainFailed += !ok;
  printf("%sok %u - %s\n", ok ? "" : "not ", chainCount, what);
}

static u64 chainSeed = 88172645463325252ull;
static u32 chainRandom(u32 below) {
  chainSeed ^= chainSeed << 13;
  chainSeed ^= chainSeed >> 7;
  chainSeed ^= chainSeed << 17;
  return (u32)(chainSeed >> 32) % below;
}

static Cutter *chainCutter;

/* "word@pos[from-to]"; @ and [ only when the wanted text has them. */
static void chainShow(const Tokens *t, const char *want, Buf *out) {
  for (u32 i = 0; i < t->n; i++) {
    if (i) snBufByte(out, '|');
    snBufAdd(out, t->bytes.data + t->at[i], t->len[i]);
    if (strchr(want, '@')) snBufPrintf(out, "@%u", t->pos[i]);
    if (strchr(want, '[')) snBufPrintf(out, "[%u-%u]", t->from[i], t->to[i]);
  }
}

static int chainInto(const char *chain, const char *text, size_t n,
    Tokens *t) {
  const Analyzer *a;
  char *copy = malloc(n + !n);
  int rc = snCutterFind(chainCutter, chain, strlen(chain), &a);
  memcpy(copy, text, n);
  if (!rc) rc = snTextCut(chainCutter, a, copy, n, t);
  free(copy);
  return rc;
}

static void chainCut(const char *chain, const char *text, const char *want) {
  Tokens t;
  Buf got, what;
  snTokensInit(&t, NULL);
  snBufInit(&got, NULL);
  snBufInit(&what, NULL);
  int rc = chainInto(chain, text, strlen(text), &t);
  if (rc) snBufPrintf(&got, "(error %d)", rc);
  else chainShow(&t, want, &got);
  snBufPrintf(&what, "%s: %.60s", chain, text);
  for (size_t i = 0; i < what.n; i++)
    if (what.data[i] == '#' || what.data[i] == '\n') what.data[i] = ' ';
  bool ok = !strcmp(snBufText(&got), want);
  chainOk(ok, snBufText(&what));
  if (!ok) printf("# got:  %s\n# want: %s\n", snBufText(&got), want);
  snTokensFree(&t);
  snBufClear(&got);
  snBufClear(&what);
}

/* ---- 1. Examples --------------------------------------------------------- */

static void chainTokenizers(void) {
  chainCut("(standard)", "The 2 QUICK Brown-Foxes",
      "The@0[0-3]|2@1[4-5]|QUICK@2[6-11]|Brown@3[12-17]|Foxes@4[18-23]");
  chainCut("standard", "L’Été À", "l’été|à");
  chainCut("letter", "You're the 1st runner-up!", "You|re|the|st|runner|up");
  chainCut("lowercase", "You're the 1st", "you|re|the|st");
  chainCut("whitespace", "a-B  c.D", "a-B|c.D");
  chainCut("keyword", "New York", "New York@0[0-8]");
  chainCut("split(',;')", "a b,c;;d,", "a b@0[0-3]|c@1[4-5]|d@2[7-8]");
  chainCut("split('·é')", "aéb·c", "a|b|c");
  chainCut("path_hierarchy", "/one/two/three",
      "/one@0[0-4]|/one/two@0[0-8]|/one/two/three@0[0-14]");
  chainCut("path_hierarchy('-', '/', 1)", "one-two-three",
      "/two@0[3-7]|/two/three@0[3-13]");
  chainCut("path_hierarchy", "a", "a");
  chainCut("path_hierarchy", "a/", "a|a/");
  chainCut("ngram", "abc", "a@0[0-1]|ab@1[0-2]|b@2[1-2]|bc@3[1-3]|c@4[2-3]");
  chainCut("ngram(3)", "abéde", "abé[0-4]|béd[1-5]|éde[2-6]");
  chainCut("edge_ngram(2, 4)", "abéde", "ab@0[0-2]|abé@1[0-4]|abéd@2[0-5]");
  chainCut("pattern", "The fox, can't!",
      "The@0[0-3]|fox@1[4-7]|can@2[9-12]|t@3[13-14]");
  chainCut("pattern(',\\s*'), lowercase", "A b,  é,,D",
      "a b@0[0-3]|é@1[6-8]|d@2[10-11]");
  chainCut("pattern('\"((?:\\\\\"|[^\"])*)\"', 1)", "a \"b c\" \"\" \"d\"",
      "b c@0[3-6]|d@1[12-13]");
  chainCut("pattern('[A-Z][a-z]*', 0)", "FooBar x", "Foo@0[0-3]|Bar@1[3-6]");
  chainCut("pattern('x*')", "axxb", "a|b");
  chainCut("pattern('^a|b$', 0)", "aabb", "a@0[0-1]|b@1[3-4]");
  chainCut("classic", "O'Reilly's AT&T U.S.A. www.nutch.org, x.y@z-1.com C++",
      "O'Reilly's@0[0-10]|AT&T@1[11-15]|U.S.A.@2[16-22]|www.nutch.org@3[23-36]|"
      "x.y@z-1.com@4[38-49]|C@5[50-51]");
  chainCut("classic", "21.35 192.168.1.1 xyz-123 a-1-b first-last x_y 1,000/2 "
      "R2D2 Excite@Home a.b. 3-a-b", "21.35@0|192.168.1.1@1|xyz-123@2|"
      "a-1-b@3|first@4|last@5|x@6|y@7|1,000/2@8|R2D2@9|Excite@Home@10|"
      "a.b.@11|3-a@12|b@13");
  chainCut("classic", "日本 한국 été'd ١٢.٣ a''b 'x' me@ @you a@b",
      "日@0|本@1|한국@2|"
      "été'd@3|١٢.٣@4|a@5|b@6|x@7|me@8|you@9|a@b@10");
  chainCut("classic, lowercase, classic", "The I.B.M. O'Neil's", "the|ibm|o'neil");
  chainCut("uax_url_email", "mail john.smith@global-international.com, or see "
      "https://a.org/x?y=1. Not @x or a@b.",
      "mail@0[0-4]|john.smith@global-international.com@1[5-40]|or@2[42-44]|"
      "see@3[45-48]|https://a.org/x?y=1@4[49-68]|Not@5[70-73]|x@6[75-76]|"
      "or@7[77-79]|a@8[80-81]|b@9[82-83]");
}

static void chainFilters(void) {
  chainCut("whitespace, lowercase", "Ab ÉC", "ab|éc");
  chainCut("whitespace, uppercase", "Ab éC ß", "AB|ÉC|ß");
  chainCut("standard, asciifolding", "Été Straße Crème", "ete|strasse|creme");
  chainCut("whitespace, elision('l', 'd')", "L'Été d’or m'a l' x",
      "Été@0[0-7]|or@1[8-14]|m'a@2[15-18]|l'@3[19-21]|x@4[22-23]");
  chainCut("standard, elision, lowercase", "Qu'il jusqu'à", "il|à");
  chainCut("whitespace, possessive", "John's JOHN'S dogs' s",
      "John|JOHN|dogs'|s");
  chainCut("whitespace, apostrophe", "Ankara'da Türkiye’nin x 'y",
      "Ankara@0|Türkiye@1|x@2");
  chainCut("whitespace, stop('is', 'A')", "this is a A test",
      "this@0|a@2|test@4");
  chainCut("whitespace, stop('english')", "to be a test", "test@3[8-12]");
  chainCut("whitespace, keep('one', 'three')", "one two three",
      "one@0|three@2");
  chainCut("whitespace, length(2, 3)", "a éé abc abcd", "éé@1|abc@2");
  chainCut("whitespace, length(2)", "a éé abcd", "éé|abcd");
  chainCut("whitespace, truncate(2)", "éàü a abc", "éà|a|ab");
  chainCut("whitespace, truncate(0)", "abc", "");
  chainCut("whitespace, limit(2)", "a b c", "a|b");
  chainCut("whitespace, limit", "a b c", "a");
  chainCut("whitespace, reverse", "abc éà", "cba|àé");
  chainCut("split(','), trim", " a , b,  ", "a|b");
  chainCut("whitespace, pattern_replace('(\\d+)-(\\d+)', '$2\\$$1')",
      "a1-22b x 3-4-5", "a22$1b@0[0-6]|x@1[7-8]|4$3-5@2[9-14]");
  chainCut("whitespace, pattern_replace('[aeiou]')", "house a é",
      "hs@0[0-5]|é@2[8-10]");
  chainCut("whitespace, pattern_replace('.', '$0$0$0$0$0$0$0$0$0')",
      "abcdefghijklmnopqrstuvwxyzabc",
      "aaaaaaaaabbbbbbbbbcccccccccdddddddddeeeeeeeeefffffffffgggggg"
      "ggghhhhhhhhhiiiiiiiiijjjjjjjjjkkkkkkkkklllllllllmmmmmmmmmnnn"
      "nnnnnnooooooooopppppppppqqqqqqqqqrrrrrrrrrsssssssssttttttttt"
      "uuuuuuuuuvvvvvvvvvwwwwwwwwwxxxxxxxxxyyyyyyyyyzzzzzzzzzaaaaaa"
      "aaabbbbbbbbbccc");
  chainCut("whitespace, pattern_capture('([a-z]+)(\\d*)', '@(.+)')",
      "abc123def me@x.de z",
      "abc123def@0[0-9]|abc@0[0-9]|123@0[0-9]|def@0[0-9]|me@x.de@1[10-17]|"
      "me@1[10-17]|x@1[10-17]|de@1[10-17]|x.de@1[10-17]|z@2[18-19]");
  chainCut("whitespace, unique", "a b a c b", "a@0|b@1|c@3");
  chainCut("standard, decimal_digit", "١٢٣ २४ 12 ５", "123|24|12|5");
  chainCut("whitespace, cjk_width", "ＡＢＣ１ ｶﾞｷﾊﾟ ｳﾞ", "ABC1|ガキパ|ヴ");
  chainCut("whitespace, soundex", "Robert Rupert Rubin Ashcraft Tymczak "
      "Pfister Honeyman a 1", "R163|R163|R150|A261|T522|P236|H555|A000|1");
  chainCut("whitespace, phonetic('metaphone')", "testing The quick fox "
      "jumped lazy Thompson science dumb phish schedule match",
      "TSTN|0|KK|FKS|JMPT|LS|0MPS|SNS|TM|FX|SKTL|MX");
  chainCut("whitespace, phonetic('metaphone')", "knight night gnu ghost "
      "signed judge Xenia which who Christmas nation Asia aggie back",
      "NT|NT|N|KST|SNT|JJ|SN|WX|W|KRST|NXN|AX|AK|BK");
  chainCut("whitespace, phonetic('metaphone')", "naïve été 12 why o'neil",
      "NF|été|12|why|ONL");
  chainCut("whitespace, phonetic('cologne')", "Wikipedia Breschnew "
      "Müller-Lüdenscheidt Meier Mayer Straße Hans Chemie Xaver Max Philipp "
      "Acht 12 été h",
      "3412|17863|65752682|67|67|8278|068|46|4837|648|351|042|12|été|h");
  chainCut("whitespace, classic", "I.B.M. cat's CAN'S a.bc",
      "IBM|cat|CAN|a.bc");
  chainCut("whitespace, keyword_marker('running'), stem('english')",
      "running jumping", "running|jump");
  chainCut("whitespace, keyword_marker('Running'), lowercase, "
      "stem('english')", "Running running", "running|run");
  chainCut("whitespace, keyword_repeat, stem('english')", "running dogs",
      "running@0|run@0|dogs@1|dog@1");
  chainCut("whitespace, keyword_repeat, stem('english'), unique", "dog cats",
      "dog@0|cats@1|cat@1");
  chainCut("whitespace, stemmer_override('running => go'), stem('english')",
      "running goes", "go[0-7]|goe[8-12]");
  chainCut("whitespace, fingerprint",
      "zebra jumps over resting resting dog", "dog jumps over resting zebra"
      "@0[0-36]");
  chainCut("whitespace, fingerprint('+')", "b a", "a+b");
}

static void chainGrowers(void) {
  chainCut("whitespace, ngram", "abc d",
      "a@0[0-3]|ab@0[0-3]|b@0[0-3]|bc@0[0-3]|c@0[0-3]|d@1[4-5]");
  chainCut("whitespace, ngram(2, 3)", "éab x", "éa@0|éab@0|ab@0");
  chainCut("whitespace, edge_ngram(1, 3)", "quick a",
      "q@0[0-5]|qu@0[0-5]|qui@0[0-5]|a@1[6-7]");
  chainCut("whitespace, shingle", "please divide this",
      "please@0[0-6]|please divide@0[0-13]|divide@1[7-13]|"
      "divide this@1[7-18]|this@2[14-18]");
  chainCut("whitespace, shingle(3, 3, '-')", "a b c d",
      "a@0|a-b-c@0|b@1|b-c-d@1|c@2|d@3");
  chainCut("whitespace, stop('this'), shingle", "please divide this sentence",
      "please@0[0-6]|please divide@0[0-13]|divide@1[7-13]|divide _@1[7-13]|"
      "_ sentence@2[19-27]|sentence@3[19-27]");
  chainCut("whitespace, common_grams('the', 'is')", "the quick brown is a",
      "the@0[0-3]|the_quick@0[0-9]|quick@1[4-9]|brown@2[10-15]|"
      "brown_is@2[10-18]|is@3[16-18]|is_a@3[16-20]|a@4[19-20]");
  chainCut("whitespace, word_delimiter", "PowerShot Wi-Fi SD500 "
      "//hello---there, 'dude' O'Neil's z",
      "Power@0[0-5]|Shot@1[5-9]|Wi@2[10-12]|Fi@3[13-15]|SD@4[16-18]|"
      "500@5[18-21]|hello@6[24-29]|there@7[32-37]|dude@8[40-44]|"
      "O@9[46-47]|Neil@10[48-52]|z@11[55-56]");
  chainCut("whitespace, word_delimiter", "ÉtéÀ a1b SDs -- x",
      "Été@0|À@1|a@2|1@3|b@4|SDs@5|x@7");
  chainCut("whitespace, decompound('donau', 'dampf', 'schiff', 'i')",
      "donaudampfschiff dampf",
      "donaudampfschiff@0|donau@0|dampf@0|schiff@0|dampf@1|dampf@1");
}

static void chainSynonyms(void) {
  chainCut("whitespace, synonyms('car, automobile')", "my car is",
      "my@0[0-2]|car@1[3-6]|automobile@1[3-6]|is@2[7-9]");
  chainCut("whitespace, synonyms('tv => television')", "a tv",
      "a@0[0-1]|television@1[2-4]");
  chainCut("whitespace, synonyms('a b => c')", "a b d a x",
      "c@0[0-3]|d@1[4-5]|a@2[6-7]|x@3[8-9]");
  chainCut("whitespace, synonyms('a => x y')", "a d",
      "x@0[0-1]|d@1[2-3]|y@1[2-3]");
  chainCut("whitespace, synonyms('a => x y')", "d a",
      "d@0[0-1]|x@1[2-3]|y@2[2-3]");
  chainCut("whitespace, synonyms('wifi, wi fi, hot spot zone')", "wi fi is",
      "wi@0[0-2]|wifi@0[0-5]|hot@0[0-2]|fi@1[3-5]|spot@1[3-5]|"
      "is@2[6-8]|zone@2[6-8]");
  chainCut("whitespace, synonyms('a => b, c', 'a b => d')", "a a b",
      "b@0|c@0|d@1");
  chainCut("standard, lowercase, synonyms('TV => Television')", "A TV",
      "a|television");
  chainCut("whitespace, synonyms('# none\na\\,b => c\\ d\n\n x , y ')",
      "a,b y", "c d|y|x");
  chainCut("whitespace, stop('is'), synonyms('c, d')", "a is c is x",
      "a@0|c@2|d@2|x@4");
}

/* ---- 2. Models ------------------------------------------------------------ */

static u32 chainWords(char *out, u32 n, u32 letters) {
  u32 len = 0;
  while (n--) {
    u32 k = 1 + chainRandom(6);
    while (k--) out[len++] = (char)('a' + chainRandom(letters));
    if (n) out[len++] = ' ';
  }
  return len;
}

/* Token filters that look at one word, as functions of the word. */
typedef bool (*ChainModel)(const char *p, u32 n, Buf *out);
static bool modelLength(const char *p, u32 n, Buf *out) {
  snBufAdd(out, p, n);
  return n >= 2 && n <= 4;
}
static bool modelTruncate(const char *p, u32 n, Buf *out) {
  snBufAdd(out, p, SN_MIN(n, 3u));
  return true;
}
static bool modelReverse(const char *p, u32 n, Buf *out) {
  while (n) snBufByte(out, (u8)p[--n]);
  return true;
}
static bool modelKeep(const char *p, u32 n, Buf *out) {
  snBufAdd(out, p, n);
  return n == 1 && (*p == 'a' || *p == 'b');
}
static bool modelStop(const char *p, u32 n, Buf *out) {
  return !modelKeep(p, n, out);
}

static void chainModelOne(const char *chain, ChainModel model) {
  u32 bad = 0;
  for (u32 round = 0; round < 300; round++) {
    char text[512];
    u32 len = chainWords(text, 1 + chainRandom(20), 3), pos = 0, k = 0;
    Tokens t;
    Buf word;
    snTokensInit(&t, NULL);
    snBufInit(&word, NULL);
    bad += chainInto(chain, text, len, &t) != 0;
    for (u32 i = 0; i < len; pos++) {
      u32 n = 0;
      while (i + n < len && text[i + n] != ' ') n++;
      word.n = 0;
      if (model(text + i, n, &word)) {
        bad += k >= t.n || t.len[k] != word.n || t.pos[k] != pos ||
            memcmp(t.bytes.data + t.at[k], word.data, word.n) ||
            t.from[k] != i || t.to[k] != i + n;
        k++;
      }
      i += n + 1;
    }
    bad += k != t.n || t.next_pos != pos;
    snTokensFree(&t);
    snBufClear(&word);
  }
  chainOk(!bad, chain);
}

static void chainModels(void) {
  chainModelOne("whitespace, length(2, 4)", modelLength);
  chainModelOne("whitespace, truncate(3)", modelTruncate);
  chainModelOne("whitespace, reverse", modelReverse);
  chainModelOne("whitespace, keep('a', 'b')", modelKeep);
  chainModelOne("whitespace, stop('a', 'b')", modelStop);
}

/* All pieces of each word, by three loops. */
static void chainNgramModel(void) {
  u32 bad = 0;
  for (u32 round = 0; round < 200; round++) {
    char text[512], chain[64];
    u32 min = 1 + chainRandom(3), max = min + chainRandom(3);
    u32 len = chainWords(text, 1 + chainRandom(9), 26), k = 0, pos = 0;
    Tokens t;
    snTokensInit(&t, NULL);
    snprintf(chain, sizeof chain, "whitespace, ngram(%u, %u)", min, max);
    bad += chainInto(chain, text, len, &t) != 0;
    for (u32 i = 0; i < len; pos++) {
      u32 n = 0;
      while (i + n < len && text[i + n] != ' ') n++;
      for (u32 a = 0; a < n; a++) {
        for (u32 m = min; m <= max && a + m <= n; m++, k++)
          bad += k >= t.n || t.len[k] != m || t.pos[k] != pos ||
              memcmp(t.bytes.data + t.at[k], text + i + a, m);
      }
      i += n + 1;
    }
    bad += k != t.n;
    snTokensFree(&t);
  }
  chainOk(!bad, "ngram: all pieces of all words");
}

/* Shingles of words without holes. */
static void chainShingleModel(void) {
  u32 bad = 0;
  for (u32 round = 0; round < 200; round++) {
    char text[512], chain[64];
    u32 min = 2 + chainRandom(2), max = min + chainRandom(3), k = 0;
    u32 n = 1 + chainRandom(9), len = chainWords(text, n, 26), at[16], end[16];
    Tokens t;
    snTokensInit(&t, NULL);
    snprintf(chain, sizeof chain, "whitespace, shingle(%u, %u)", min, max);
    bad += chainInto(chain, text, len, &t) != 0;
    for (u32 i = 0, w = 0; w < n; w++, i++) {
      at[w] = i;
      while (i < len && text[i] != ' ') i++;
      end[w] = i;
    }
    for (u32 w = 0; w < n; w++) {
      for (u32 m = 1; m <= max && w + m <= n; m++) {
        if (m > 1 && m < min) continue;
        u32 size = end[w + m - 1] - at[w];
        bad += k >= t.n || t.len[k] != size || t.pos[k] != w ||
            memcmp(t.bytes.data + t.at[k], text + at[w], size) ||
            t.from[k] != at[w] || t.to[k] != end[w + m - 1];
        k++;
      }
    }
    bad += k != t.n;
    snTokensFree(&t);
  }
  chainOk(!bad, "shingle: all runs of words");
}

/* ---- 3. Synonyms ----------------------------------------------------------- */

typedef struct ModelRule {
  u32 nleft, nright;
  char left[3], right[3]; /* words are letters */
  bool stays;
} ModelRule;

typedef struct ModelOut { char word; u32 pos; } ModelOut;

/* Lays outputs over places, then reads the places in order. */
static u32 modelSynonyms(const ModelRule *rules, u32 nrules,
    const char *in, u32 n, ModelOut *out) {
  char place[64][64];
  u32 used[64] = {0}, count = 0, pos = 0;
  bool keep[64];
  memset(keep, 1, sizeof keep);
  for (u32 i = 0; i < n;) {
    u32 best = 0;
    bool stays = false;
    for (u32 r = 0; r < nrules; r++)
      if (rules[r].nleft > best && i + rules[r].nleft <= n &&
          !memcmp(rules[r].left, in + i, rules[r].nleft))
        best = rules[r].nleft;
    for (u32 r = 0; best && r < nrules; r++) {
      if (rules[r].nleft != best || memcmp(rules[r].left, in + i, best))
        continue;
      stays |= rules[r].stays;
      for (u32 k = 0; k < rules[r].nright; k++)
        place[i + k][used[i + k]++] = rules[r].right[k];
    }
    for (u32 k = 0; best && k < best; k++) keep[i + k] = stays;
    i += best ? best : 1;
  }
  for (u32 i = 0; i < 64; i++) {
    u32 had = count;
    if (i < n && keep[i]) out[count++] = (ModelOut){in[i], pos};
    for (u32 k = 0; k < used[i]; k++)
      out[count++] = (ModelOut){place[i][k], pos};
    pos += count > had;
  }
  return count;
}

static void chainSynonymModel(void) {
  u32 bad = 0;
  for (u32 round = 0; round < 2000; round++) {
    ModelRule rules[8];
    ModelOut want[4096];
    u32 nrules = 1 + chainRandom(4), n = 1 + chainRandom(12), m = 0;
    char in[16], text[64];
    Buf chain;
    Tokens t;
    snTokensInit(&t, NULL);
    snBufInit(&chain, NULL);
    snBufStr(&chain, "whitespace, synonyms(");
    for (u32 r = 0; r < nrules; r++) {
      ModelRule *x = rules + m++;
      x->stays = chainRandom(3) == 0;
      x->nleft = 1 + chainRandom(3);
      x->nright = 1 + chainRandom(3);
      for (u32 k = 0; k < x->nleft; k++)
        x->left[k] = (char)('a' + chainRandom(3));
      for (u32 k = 0; k < x->nright; k++)
        x->right[k] = (char)('p' + chainRandom(9));
      snBufPrintf(&chain, "%s'", r ? ", " : "");
      for (u32 k = 0; k < x->nleft; k++)
        snBufPrintf(&chain, "%c ", x->left[k]);
      snBufStr(&chain, x->stays ? "," : "=>");
      for (u32 k = 0; k < x->nright; k++)
        snBufPrintf(&chain, " %c", x->right[k]);
      snBufByte(&chain, '\'');
      if (!x->stays) continue;
      ModelRule *y = rules + m++; /* the other way round */
      *y = (ModelRule){x->nright, x->nleft, {0}, {0}, true};
      memcpy(y->left, x->right, 3);
      memcpy(y->right, x->left, 3);
    }
    snBufByte(&chain, ')');
    for (u32 i = 0; i < n; i++) {
      in[i] = (char)('a' + chainRandom(3));
      text[2 * i] = in[i];
      text[2 * i + 1] = ' ';
    }
    bad += chainInto(snBufText(&chain), text, 2 * n, &t) != 0;
    u32 k = modelSynonyms(rules, m, in, n, want);
    bool same = k == t.n;
    for (u32 i = 0; same && i < k; i++)
      same = t.len[i] == 1 && t.bytes.data[t.at[i]] == (u8)want[i].word &&
          t.pos[i] == want[i].pos;
    if (!same && bad++ < 3) {
      printf("# %s on %.*s\n", snBufText(&chain), (int)(2 * n), text);
      for (u32 i = 0; i < t.n; i++)
        printf("# got %c@%u\n", t.bytes.data[t.at[i]], t.pos[i]);
      for (u32 i = 0; i < k; i++)
        printf("# want %c@%u\n", want[i].word, want[i].pos);
    }
    snTokensFree(&t);
    snBufClear(&chain);
  }
  chainOk(!bad, "synonyms: like trying every rule at every place");
}

/* ---- 4. Character filters ---------------------------------------------------- */

static void chainChars(void) {
  chainCut("html_strip, standard", "<p>I&apos;m so <b>happy</b>!</p>",
      "I'm@0[3-11]|so@1[12-14]|happy@2[18-23]");
  chainCut("html_strip, whitespace", "a<b>b</b>c<br>d &eacute;t&#233; &x; <3",
      "abc[0-10]|d[14-15]|été[16-31]|&x;[32-35]|<3[36-38]");
  chainCut("html_strip, whitespace",
      "x<!-- <p> y --> z<script>var a = '<b>';</script>w <a href=\"a>b\">l</a>",
      "x|z|w|l");
  chainCut("html_strip, whitespace", "<unclosed text", "<unclosed|text");
  chainCut("html_strip, whitespace", "<a title=\"b>c d</a>e", "c|de");
  chainCut("mapping('ph => f', 'qu => k', '- =>'), standard",
      "phone-book Quiqui", "fonebook@0[0-10]|Quiki@1[11-17]");
  chainCut("mapping('a => x', 'aa => y'), keyword", "aaa", "yx[0-3]");
  chainCut("mapping(':) => _happy_'), standard", "I am :) x",
      "I[0-1]|am[2-4]|_happy_[5-7]|x[8-9]");
  chainCut("html_strip, mapping('é => ee'), standard, edge_ngram(1, 2)",
      "<i>&eacute;t</i>", "e@0[3-12]|ee@0[3-12]");
  chainCut("mapping('x =>'), keyword", "xxx", "");
  chainCut("pattern_replace('(\\w+)=(\\w+)', '$2 $1'), whitespace",
      "é a=bc, x", "é[0-2]|bc[3-7]|a,[3-8]|x[9-10]");
  chainCut("html_strip, pattern_replace('-'), standard", "a<b>-</b>b c-",
      "ab[0-10]|c[11-12]");
  chainCut("pattern_replace('^\\w|\\w$', '.'), keyword", "abc", ".b.[0-3]");
}

/* Letters with tags and entities between them: each word's source begins and
** ends with its first and last letter. */
static void chainPlaces(void) {
  static const char *const junk[] = {"<b>", "</i>", "<span class='x y'>",
      "<!-- a b -->", ""};
  u32 bad = 0;
  for (u32 round = 0; round < 500; round++) {
    Buf text, plain;
    Tokens t;
    u32 from[64], to[64], n = 0;
    snBufInit(&text, NULL);
    snBufInit(&plain, NULL);
    snTokensInit(&t, NULL);
    for (u32 w = 1 + chainRandom(8); w--; n++) {
      snBufStr(&text, junk[chainRandom(5)]);
      from[n] = (u32)text.n;
      for (u32 k = 1 + chainRandom(5); k--;) {
        u8 c = (u8)('a' + chainRandom(26));
        snBufByte(&plain, c);
        if (chainRandom(4)) snBufByte(&text, c);
        else snBufPrintf(&text, "&#%u;", c);
        to[n] = (u32)text.n;
        if (k) snBufStr(&text, junk[chainRandom(5)]);
      }
      snBufByte(&plain, ' ');
      snBufStr(&text, junk[chainRandom(5)]);
      snBufStr(&text, chainRandom(2) ? " " : "<p>");
    }
    bad += chainInto("html_strip, whitespace", (char *)text.data, text.n, &t);
    u8 *p = plain.data;
    bad += t.n != n;
    for (u32 i = 0; i < t.n && i < n; i++) {
      bad += memcmp(p, t.bytes.data + t.at[i], t.len[i]) ||
          p[t.len[i]] != ' ' || t.from[i] != from[i] || t.to[i] != to[i];
      p += t.len[i] + 1;
    }
    snBufClear(&text);
    snBufClear(&plain);
    snTokensFree(&t);
  }
  chainOk(!bad, "html_strip: places in the source");
}

/* ---- 5. Built-in chains ------------------------------------------------------- */

static void chainBuiltIn(void) {
  static const char *const words[] = {"l'énergie", "L’Été", "the", "Running",
      "chevaux", "qu'il", "jusqu'à", "étaient", "日本語", "naïve", "John's",
      "été", "a", "ont", "Nationalités", "x.1", "ﬁn", "D'ACCORD", "aujourd'hui"};
  Buf text;
  snBufInit(&text, NULL);
  for (u32 i = 0; i < 100000; i++) {
    if (chainRandom(3)) {
      snBufStr(&text, words[chainRandom(SN_COUNT(words))]);
    } else {
      for (u32 k = 1 + chainRandom(9); k--;)
        snBufByte(&text, (u8)('a' + chainRandom(26)));
    }
    snBufByte(&text, chainRandom(9) ? ' ' : '.');
  }
  static const char *const pairs[][2] = {
      {"french", "standard, elision('l', 'd', 'qu', 'c', 'j', 'm', 'n', 's', "
          "'t', 'jusqu', 'quoiqu', 'lorsqu', 'puisqu'), lowercase, "
          "stop('french'), stem('french')"},
      {"french", "fr(standard, lowercase, elision, stop('french'), "
          "length(1), stem('french'))"},
      {"english", "standard, length(1, 300), lowercase, possessive, "
          "stop('english'), stem('english')"},
      {"folding", "standard, asciifolding"},
      {"simple", "letter, lowercase"},
      {"german", "(standard, lowercase, stem('german'))"},
      {"standard", "standard, keyword_marker('x'), lowercase"},
  };
  for (u32 k = 0; k < SN_COUNT(pairs); k++) {
    Tokens a, b;
    snTokensInit(&a, NULL);
    snTokensInit(&b, NULL);
    int rc = chainInto(pairs[k][0], (char *)text.data, text.n, &a) |
        chainInto(pairs[k][1], (char *)text.data, text.n, &b);
    bool same = !rc && a.n == b.n && a.n > 50000 && a.next_pos == b.next_pos;
    for (u32 i = 0; same && i < a.n; i++)
      same = a.len[i] == b.len[i] && a.pos[i] == b.pos[i] &&
          a.from[i] == b.from[i] && a.to[i] == b.to[i] &&
          !memcmp(a.bytes.data + a.at[i], b.bytes.data + b.at[i], a.len[i]);
    chainOk(same, pairs[k][1]);
    snTokensFree(&a);
    snTokensFree(&b);
  }
  snBufClear(&text);
}

/* ---- 6. Stop lists ------------------------------------------------------- */

/* A list takes out all its words, once each and in lower case, and no other
** word. */
static void chainStopList(const char *name) {
  Tokens t;
  Buf chain;
  StrSet set;
  snTokensInit(&t, NULL);
  snBufInit(&chain, NULL);
  snStrSetInit(&set, NULL);
  u32 bad = !snStopWordsAdd(name, strlen(name), &set) || set.n < 90;
  snBufPrintf(&chain, "whitespace, stop('%s')", name);
  for (u32 i = 0; i < set.n; i++) {
    Buf low;
    snBufInit(&low, NULL);
    snUtfLower(&low, (const char *)set.refs[i].p, set.refs[i].n);
    bad += low.n != set.refs[i].n || memcmp(low.data, set.refs[i].p, low.n);
    snBufClear(&low);
    snTokensClear(&t);
    bad += chainInto(snBufText(&chain), (const char *)set.refs[i].p,
        set.refs[i].n, &t) || t.n || t.next_pos != 1;
  }
  static const char other[] = "house radio x1 дом radyo";
  snTokensClear(&t);
  bad += chainInto(snBufText(&chain), other, strlen(other), &t) || t.n != 5;
  chainOk(!bad, snBufText(&chain));
  snStrSetClear(&set);
  snBufClear(&chain);
  snTokensFree(&t);
}

static void chainStops(void) {
  const char *name;
  u32 n = 0;
  for (; (name = snStopWordsMore(n)); n++) chainStopList(name);
  chainOk(n == 16, "lists besides those of the built-in chains");
  chainCut("standard, lowercase, stop('german'), stem('german')",
      "Die Katze saß nicht auf dem Tisch", "katz@1|sass@2|tisch@6");
  chainCut("standard, lowercase, elision('l', 'dell'), stop('italian')",
      "L'arte dell'uomo e la città", "arte@0|uomo@1|città@4");
  chainCut("standard, lowercase, stop('Russian')", "Я и книга", "книга@2");
  chainCut("standard, stop('german', 'x')", "german der x", "der@1");
}

/* ---- 7. Errors ------------------------------------------------------------------ */

static void chainBad(const char *chain, u32 part, const char *message,
    const char *hint) {
  ChainError err;
  Analyzer *a;
  int rc = snAnalyzerNew(NULL, chain, strlen(chain), &err, &a);
  bool ok = rc == SEINE_ERROR && !a && err.part == part &&
      strstr(err.message, message) && strstr(err.hint, hint) &&
      (hint[0] || !err.hint[0]);
  chainOk(ok, chain[0] ? chain : "(nothing)");
  if (!ok)
    printf("# rc %d, part %u: %s (%s)\n", rc, err.part, err.message, err.hint);
  snAnalyzerFree(a);
}

static void chainErrors(void) {
  chainBad("", 0, "name of a tokenizer", "");
  chainBad("standrd, lowercase", 0, "no such tokenizer", "standard?");
  chainBad("standard, lowercas", 1, "no such token filter", "lowercase?");
  chainBad("standard, lowercase, synonym('a,b')", 2, "no such", "synonyms?");
  chainBad("stop('a')", 0, "a tokenizer (standard", "");
  chainBad("standard, whitespace", 1, "one tokenizer", "");
  chainBad("standard, html_strip", 1, "character filter", "");
  chainBad("html_strip", 1, "needs a tokenizer", "");
  chainBad("standard, lowercase, stop", 2, "needs a text", "");
  chainBad("standard, lowercase, stop()", 2, "needs a text", "");
  chainBad("standard, lowercase, reverse('x')", 2, "no arguments", "");
  chainBad("standard, length('x')", 1, "a text is not expected", "");
  chainBad("standard, length(3, 2)", 1, "above the second", "");
  chainBad("standard, length(1, 2, 3)", 1, "not expected", "");
  chainBad("standard, length(99999999)", 1, "too large", "");
  chainBad("standard, stem('klingon')", 1, "no stemmer", "");
  chainBad("pattern('(a')", 0, "missing, at character 1", "");
  chainBad("pattern('a*?')", 0, "lazy counts", "");
  chainBad("pattern('a', 1)", 0, "no group of that number", "");
  chainBad("pattern('')", 0, "is empty", "");
  chainBad("standard, pattern_replace", 1, "a pattern is needed", "");
  chainBad("standard, pattern_replace('', 'x')", 1, "a pattern is needed", "");
  chainBad("standard, pattern_replace('a', '$1')", 1, "behind a $", "");
  chainBad("standard, pattern_replace('a', 'b$')", 1, "a digit follows", "");
  chainBad("standard, pattern_replace('a', 'b\\')", 1, "follows the", "");
  chainBad("pattern_replace('a', 'b', 'c'), standard", 0, "not expected", "");
  chainBad("standard, pattern_capture('a', '*')", 1, "nothing stands", "");
  chainBad("standard, phonetic('nysiis')", 1, "'cologne' are known", "");
  chainBad("standard, stop('a", 1, "never closed", "");
  chainBad("standard, stop('a'", 1, ", or )", "");
  chainBad("standard, stop(a)", 1, "in quotes", "");
  chainBad("standard lowercase", 1, ", must stand", "");
  chainBad("standard,", 1, "expected at the end", "");
  chainBad("standard, ngram(0, 2)", 1, "one character", "");
  chainBad("standard, shingle(1, 2)", 1, "two tokens", "");
  chainBad("standard, synonyms('a')", 1, "several words", "");
  chainBad("standard, synonyms('a => b => c')", 1, "two arrows", "");
  chainBad("standard, synonyms('=> b')", 1, "is empty", "");
  chainBad("standard, synonyms('# x')", 1, "no rule", "");
  chainBad("mapping('a'), standard", 0, "a replacement", "");
  chainBad("standard, keep('')", 1, "is empty", "");
}

/* ---- 8. Hostile ---------------------------------------------------------------- */

static double chainNow(void) {
  struct timespec ts;
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &ts);
  return (double)ts.tv_sec + (double)ts.tv_nsec * 1e-9;
}

static const char *const chain_bits[] = {"standard", "lowercase", "stop", "(",
    ")", "'", ",", "'a'", "1", " ", "synonyms('a,b c','d=>e')", "html_strip",
    "ngram(1,3)", "whitespace", "keyword", "shingle(2,4)", "mapping('a=>bb')",
    "stem('english')", "\n", "é", "edge_ngram", "word_delimiter", "unique",
    "elision('l')", "path_hierarchy", "keyword_repeat", "fingerprint",
    "classic", "pattern('b|(a)', 1)",
    "pattern_replace('(.)b','$1$1')", "pattern_capture('(.)(.)')", "pattern",
    "phonetic('metaphone')",
    "phonetic('cologne')", "stop('german')", "common_grams('a')",
    "decompound('ab','b')", "uax_url_email", "reverse"};

/* What parses must cut; tokens must be sound. */
static u32 chainUse(Analyzer *a) {
  static const char text[] = "A b<i>c</i> l'ab x@y.org d e 12-3 日本 &amp; ab";
  Tokens t;
  u32 bad = 0;
  snTokensInit(&t, NULL);
  int rc = snTextCut(chainCutter, a, text, sizeof text - 1, &t);
  bad += rc && rc != SEINE_TOOBIG;
  for (u32 i = 0; !rc && i < t.n; i++) {
    bad += !t.len[i] || t.len[i] > TEXT_WORD_MAX || t.from[i] > t.to[i] ||
        t.to[i] > sizeof text - 1 || t.at[i] + t.len[i] > t.bytes.n ||
        (i && t.pos[i] < t.pos[i - 1]) || t.pos[i] >= t.next_pos;
  }
  snTokensFree(&t);
  return bad;
}

static void chainFuzz(void) {
  u32 bad = 0, good = 0;
  for (u32 i = 0; i < 20000; i++) {
    Buf b;
    Analyzer *a;
    ChainError err;
    snBufInit(&b, NULL);
    if (i % 2) snBufStr(&b, "standard");
    for (u32 k = chainRandom(12); k--;) {
      if (i % 2 && chainRandom(9)) snBufByte(&b, ',');
      if (chainRandom(9))
        snBufStr(&b, chain_bits[chainRandom(SN_COUNT(chain_bits))]);
      else snBufByte(&b, (u8)chainRandom(256));
    }
    char *copy = malloc(b.n + !b.n); /* of just its size */
    if (b.n) memcpy(copy, b.data, b.n);
    int rc = snAnalyzerNew(NULL, copy, b.n, &err, &a);
    free(copy);
    bad += rc && (rc != SEINE_ERROR || !err.message[0] || a);
    if (!rc) bad += chainUse(a);
    good += !rc;
    snAnalyzerFree(a);
    snBufClear(&b);
  }
  printf("# %u of 20000 random chains are chains\n", good);
  chainOk(!bad && good > 500, "random chains");
}

/* A text of n bytes made of a piece. */
static double chainTime(const char *chain, const char *piece, u32 n, int *rc) {
  Tokens t;
  Buf b;
  snTokensInit(&t, NULL);
  snBufInit(&b, NULL);
  while (b.n < n) snBufStr(&b, piece);
  double from = chainNow();
  *rc = chainInto(chain, (char *)b.data, b.n, &t);
  from = chainNow() - from;
  snTokensFree(&t);
  snBufClear(&b);
  return from;
}

static void chainLinear(void) {
  static const char *const cases[][2] = {
      {"html_strip, standard", "<a"}, {"html_strip, standard", "<!--a>"},
      {"html_strip, standard", "<script>"}, {"html_strip, standard", "&amp"},
      {"html_strip, standard", "<a b=\">"}, {"html_strip, standard", "<"},
      {"uax_url_email", "a-"}, {"uax_url_email", "a@"},
      {"uax_url_email", "a.b@c-"}, {"uax_url_email", "a://"},
      {"mapping('aaaaaaaaaaaaaaab => c'), standard", "a"},
      {"standard, synonyms('a a a a a a a a a b => c')", "a "},
      {"standard, word_delimiter", "a-B "},
      {"path_hierarchy", "a/"}, {"standard, unique", "a b "},
      {"standard, shingle(2, 16)", "a "},
      {"classic", "a-"}, {"classic", "a.1"}, {"classic", "a@b-"},
      {"classic", "a'"}, {"pattern('a*b|c')", "a"}, {"pattern('(a|a)*b|(a)', 2)", "a"},
      {"pattern_replace('a|a*b', '<$0>'), keyword", "a"},
      {"whitespace, pattern_capture('(a*)(a*)(a*)')", "aaaaaaaaaaaaaaaaaaa "},
  };
  for (u32 k = 0; k < SN_COUNT(cases); k++) {
    int rc;
    double a = chainTime(cases[k][0], cases[k][1], 100000, &rc);
    double b = chainTime(cases[k][0], cases[k][1], 800000, &rc);
    chainOk(b < 24 * a + 0.2 && (!rc || rc == SEINE_TOOBIG), cases[k][0]);
    if (b >= 24 * a + 0.2) printf("# %s: %f, %f\n", cases[k][1], a, b);
  }
}

static void chainExplode(void) {
  int rc;
  (void)chainTime("whitespace, ngram(1, 255)", "abcdefghijklmnopqrstuvwxyz"
      "abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyzabcdefghijklmnop"
      "qrstuvwxyzabcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyz",
      1000000, &rc);
  chainOk(rc == SEINE_TOOBIG, "ngram(1, 255) of long words is too big");
  (void)chainTime("ngram(1, 255)", "abcdefgh", 1000000, &rc);
  chainOk(rc == SEINE_TOOBIG, "so is the tokenizer");
  (void)chainTime("pattern_replace('.', '$0$0$0$0$0$0$0$0$0$0$0$0$0$0$0$0$0"
      "$0$0$0$0$0$0$0$0$0$0$0$0$0$0$0$0$0$0$0$0$0$0$0$0$0$0$0$0$0$0$0$0$0$0$0"
      "$0$0$0$0$0$0$0$0$0$0$0$0$0$0$0$0$0$0$0$0'), keyword", "ab", 1000000,
      &rc);
  chainOk(rc == SEINE_TOOBIG, "and a pattern_replace");
  (void)chainTime("pattern('a{1}|a{5,900}b')", "a", 1000000, &rc);
  chainOk(rc == SEINE_TOOBIG, "and a pattern that looks far ahead each time");
  (void)chainTime("whitespace, keyword_repeat, keyword_repeat, "
      "keyword_repeat, keyword_repeat, keyword_repeat, keyword_repeat, "
      "keyword_repeat, keyword_repeat", "a ", 1000000, &rc);
  chainOk(rc == SEINE_TOOBIG, "and what doubles again and again");
  (void)chainTime("whitespace, ngram(1, 20)", "abcdefgh ", 1000000, &rc);
  chainOk(rc == SEINE_OK, "but not what people use");
}

int main(void) {
  if (snCutterNew(NULL, &chainCutter)) return 1;
  chainTokenizers();
  chainFilters();
  chainGrowers();
  chainSynonyms();
  chainModels();
  chainNgramModel();
  chainShingleModel();
  chainSynonymModel();
  chainChars();
  chainPlaces();
  chainBuiltIn();
  chainStops();
  chainErrors();
  chainFuzz();
  chainLinear();
  chainExplode();
  snCutterFree(chainCutter);
  printf("1..%u\n", chainCount);
  return chainFailed > 0;
}
