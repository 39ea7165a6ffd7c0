/*
** lang_test: golden words of the analyzers of languages.  Prints TAP.
**
** 1. stems that the authors of the stemmers publish with them
** 2. where english and porter part, and words that english leaves alone
** 3. french: elision, its apostrophes, stop words and their holes
** 4. the same through capitals; twice the same
** 5. each stemmer keeps as many words as standard, at the same places
*/
#include "text/textInt.h"

typedef struct LangCase {
  const char *analyzer, *text, *want;
} LangCase;

static u32 langCount, langFailed;
static Cutter *langCutter;

static void langOk(bool ok, const char *analyzer, const char *text,
    const char *want, const char *got) {
  langCount++;
  langFailed += !ok;
  printf("%sok %u - %s: %s\n", ok ? "" : "not ", langCount, analyzer, text);
  if (!ok) printf("# want: %s\n# got: %s\n", want, got);
}

/* The words with blanks between them; with places, each as word@place. */
static int langCut(const char *analyzer, const char *text, bool places,
    Buf *out) {
  const Analyzer *a;
  Tokens t;
  int rc = snCutterFind(langCutter, analyzer, strlen(analyzer), &a);
  snTokensInit(&t, NULL);
  if (!rc) rc = snTextCut(langCutter, a, text, strlen(text), &t);
  for (u32 i = 0; !rc && i < t.n; i++) {
    if (i) snBufByte(out, ' ');
    snBufAdd(out, t.bytes.data + t.at[i], t.len[i]);
    if (places) snBufPrintf(out, "@%u", t.pos[i]);
  }
  snTokensFree(&t);
  return rc;
}

static void langTable(const LangCase *c, u32 n) {
  for (u32 i = 0; i < n; i++, c++) {
    Buf got;
    snBufInit(&got, NULL);
    if (langCut(c->analyzer, c->text, strchr(c->want, '@') != NULL, &got)) {
      snBufStr(&got, "(error)");
    }
    langOk(!strcmp(snBufText(&got), c->want), c->analyzer, c->text, c->want,
        snBufText(&got));
    snBufClear(&got);
  }
}

static const LangCase langGolden[] = {
    {"german", "aufeinander aufeinanderfolge", "aufeinand aufeinanderfolg"},
    {"german", "Kategorien Kategorie Kategorische",
        "kategori kategori kategor"},
    {"german", "Katers Kätzchen", "kat katzch"},
    {"german", "Jahre Jahren Jahres", "jahr jahr jahr"},
    {"spanish", "chicas chicos chico", "chic chic chic"},
    {"spanish", "torres torrente niños", "torr torrent niñ"},
    {"italian", "abbandonata abbandonate abbandonati abbandono",
        "abbandon abbandon abbandon abband"},
    {"italian", "propagava propaganda", "propag propagand"},
    {"portuguese", "químicos química", "químic químic"},
    {"portuguese", "quilométricas quilômetros", "quilométr quilômetr"},
    {"dutch", "opgeven opheffen opglimpen", "opgev opheff opglimp"},
    {"swedish", "jaktkarlarne klostergården", "jaktkarl klostergård"},
    {"swedish", "flickor flickan", "flick flickan"},
    {"norwegian", "havnedistrikt havnedistrikter",
        "havnedistrikt havnedistrikt"},
    {"danish", "undersøgelse undersøgelser undersøge",
        "undersøg undersøg undersøg"},
    {"finnish", "edeltäjien edeltäjiinsä edeltäjistään",
        "edeltäj edeltäj edeltäj"},
    {"hungarian", "babakocsijáért babaháznak", "babakocs babaház"},
    {"romanian", "abruptă abrupte", "abrupt abrupt"},
    {"russian", "важная важнейшими важно", "важн важн важн"},
    {"russian", "вавиловка вавиловку", "вавиловк вавиловк"},
    {"russian", "противно противного противной",
        "противн противн противн"},
    {"turkish", "kaleler kalelerimiz", "kale kale"},
    {"arabic", "كتاب الكتاب", "كتاب كتاب"},
    {"catalan", "gats", "gat"},
};

static const LangCase langEnglish[] = {
    {"english", "caresses ponies cats caress", "caress poni cat caress"},
    {"porter", "caresses ponies cats caress", "caress poni cat caress"},
    {"english", "ties dying skis", "tie die ski"},
    {"porter", "ties dying", "ti dy"},
    {"english", "news howe atlas cosmos bias andes",
        "news howe atlas cosmos bias andes"},
    {"porter", "news", "new"},
    {"english", "inning innings outing canning herring earring",
        "inning inning outing canning herring earring"},
    {"english", "proceed exceed succeed", "proceed exceed succeed"},
    {"english", "hopping hoping falling hissing fizzed failing filing",
        "hop hope fall hiss fizz fail file"},
    {"porter", "hopping hoping falling hissing fizzed failing filing",
        "hop hope fall hiss fizz fail file"},
    {"porter", "relational conditional rational digitizer",
        "relat condit ration digit"},
    {"english", "consign consigned consigning consignment",
        "consign consign consign consign"},
    {"english", "knack knackeries knavish knots",
        "knack knackeri knavish knot"},
    {"english", "gently ugly early only singly",
        "gentl ugli earli onli singl"},
    {"english", "happy sky by say enjoy",
        "happi@0 sky@1 say@3 enjoy@4"},
};

static const LangCase langFrench[] = {
    {"french", "continu continuait continuation continuellement",
        "continu continu continu continuel"},
    {"french", "majestueusement majestueux", "majestu majestu"},
    {"french", "l'avion d'été qu'homme jusqu'alors",
        "avion@0 homm@2 alor@3"},
    {"french", "L’AVION l＇avion", "avion@0 avion@1"},
    {"french", "aujourd'hui presqu'île", "aujourd'hui presqu'îl"},
    {"french", "la maison de la voisine", "maison@1 voisin@4"},
    {"french", "le la les des", ""},
    {"french", "LE Château DE Versailles", "château@1 versaill@3"},
    {"french", "c'est l'eau", "eau@1"},
    {"french", "l' l'l'avion", "l'avion@1"},
};

/* Capitals give the same; the second time, from memory, too. */
static void langCapitals(const LangCase *c, u32 n) {
  for (u32 i = 0; i < n; i++, c++) {
    Buf up, got, again;
    snBufInit(&up, NULL);
    snBufInit(&got, NULL);
    snBufInit(&again, NULL);
    for (const char *p = c->text; *p; p++) {
      snBufByte(&up, (u8)(*p >= 'a' && *p <= 'z' ? *p - 32 : *p));
    }
    langCut(c->analyzer, c->text, true, &got);
    langCut(c->analyzer, snBufText(&up), true, &again);
    langOk(!strcmp(snBufText(&got), snBufText(&again)), c->analyzer,
        snBufText(&up), snBufText(&got), snBufText(&again));
    snBufClear(&up);
    snBufClear(&got);
    snBufClear(&again);
  }
}

static const char *const langTexts[] = {
    "The state of the art: 3.14 e-mails, don't panic!",
    "L'été, les élèves n'ont pas d'école.",
    "Die Straßen Münchens sind überfüllt",
    "Съешь ещё этих мягких французских булок",
    "日本語の文章 and 한국어 🙂🙂 e\xcc\x81te\xcc\x81",
    "هذا نص عربي قصير",
    "हिन्दी भाषा में लिखा",
    "Ξεσκεπάζω την ψυχοφθόρα βδελυγμία",
    "a I s ss ing ed ' '' a'b 'tis rock'n'roll",
};

/* Only the bytes of the words may differ from standard. */
static void langPlaces(const Analyzer *a, const char *text) {
  const Analyzer *plain;
  const char *name = a->text;
  Tokens x, y;
  bool same;
  snTokensInit(&x, NULL);
  snTokensInit(&y, NULL);
  same = !snCutterFind(langCutter, "standard", 8, &plain) &&
      !snTextCut(langCutter, plain, text, strlen(text), &x) &&
      !snTextCut(langCutter, a, text, strlen(text), &y) && x.n == y.n &&
      x.next_pos == y.next_pos;
  for (u32 i = 0; same && i < x.n; i++) {
    same = x.pos[i] == y.pos[i] && x.from[i] == y.from[i] &&
        x.to[i] == y.to[i] && y.len[i] > 0 && y.len[i] <= TEXT_WORD_MAX;
  }
  langOk(same, name, text, "the places of standard", "others");
  snTokensFree(&x);
  snTokensFree(&y);
}

static void langAll(void) {
  static const char *const own[] = {
      "simple", "whitespace", "keyword", "english", "french",
  };
  const char *name;
  for (u32 i = 0; (name = snAnalyzerName(i)); i++) {
    const Analyzer *a;
    bool skip = snCutterFind(langCutter, name, strlen(name), &a) != SEINE_OK;
    for (u32 k = 0; k < SN_COUNT(own); k++) {
      skip = skip || !strcmp(own[k], name);
    }
    for (u32 k = 0; !skip && k < SN_COUNT(langTexts); k++) {
      langPlaces(a, langTexts[k]);
    }
  }
}

int main(void) {
  if (snCutterNew(NULL, &langCutter)) return 1;
  langTable(langGolden, SN_COUNT(langGolden));
  langTable(langEnglish, SN_COUNT(langEnglish));
  langTable(langFrench, SN_COUNT(langFrench));
  langCapitals(langGolden, 4);
  langCapitals(langEnglish, SN_COUNT(langEnglish));
  langAll();
  snCutterFree(langCutter);
  printf("1..%u\n", langCount);
  return langFailed > 0;
}
