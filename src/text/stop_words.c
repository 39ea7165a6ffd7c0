/*
** stop_words: the words that say nothing, by language.
**
** (1) No word of the lists of the built-in chains has more than 8 bytes, so a
**     word is one 64-bit key, and such a list is an open table of TEXT_STOPS
**     keys (0 = free), at most half full.  The words of the other lists are
**     put in the set of their step.
** (2) The words are lower case and, where a language elides articles, without
**     them: elision stands before stop.
*/
#include "text/textInt.h"

static const char *const stopWordsLists[TEXT_STOP_LISTS] = {
    /* The classic 33 of Lucene. */
    "a an and are as at be but by for if in into is it no not of on or such "
    "that the their then there these they this to was will with",

    /* Articles, prepositions, conjunctions. */
    "au aux avec dans de des du en et la le les mais ou par pas pour qu que "
    "qui sans sur un une ne ici à y "
    /* What elision leaves when it stands alone. */
    "c d j l m n s t "
    /* Pronouns. */
    "je tu il elle nous vous ils eux on me te se moi toi soi lui leur leurs "
    "mon ma mes ton ta tes son sa ses notre nos votre vos "
    "ce ces cet cette ceci cela celà quel quels quelle quelles même "
    /* Forms of to be. */
    "été étée étées étés étant étante étants étantes suis es est sommes êtes "
    "sont serai seras sera serons serez seront serais serait serions seriez "
    "seraient étais était étions étiez étaient fus fut fûmes fûtes furent "
    "sois soit soyons soyez soient fusse fusses fût fussions fussiez "
    "fussent "
    /* Forms of to have. */
    "ayant ayante ayantes ayants eu eue eues eus ai as avons avez ont aurai "
    "auras aura aurons aurez auront aurais aurait aurions auriez auraient "
    "avais avait avions aviez avaient eut eûmes eûtes eurent aie aies ait "
    "ayons ayez aient a eusse eusses eût eussions eussiez eussent",
};

static const struct StopWordsMore {
  const char *name, *words;
} stopWordsMore[] = {
    {"catalan",
      /* Articles, prepositions, conjunctions. */
      "el la els les lo un una uns unes al als del dels pel pels de d l a "
      "amb en entre fins des per sense sobre sota cap contra durant segons "
      "vers i o u ni que si com perquè però doncs mentre quan on qui què "
      "quin quina quins quines "
      /* Pronouns and words that point. */
      "jo tu ell ella nosaltres vosaltres ells elles em et es ens us li ho "
      "hi me te se s m t n meu meva meus meves teu teva teus teves seu seva "
      "seus seves nostre nostra nostres vostre vostra aquest aquesta aquests "
      "aquestes aquell aquella aquells aquelles això allò mateix mateixa "
      "tot tota tots totes cada altre altra altres algun alguna alguns "
      "algunes "
      /* Forms of to be and to have; adverbs. */
      "és ser sóc ets som sou són era eren estat està estan estava fou "
      "foren sigui he has ha hem heu han havia havien haver no sí també "
      "més molt ja ara així encara només"},
    {"danish",
      /* Articles, prepositions, conjunctions. */
      "en et den det de af ad efter for fra før hos i ind inden med mod om "
      "op over på samt siden til uden ud under ved og eller men at som der "
      "da når hvis fordi end så "
      /* Pronouns and words that point. */
      "jeg du han hun man vi mig dig ham hende os jer dem sig min mit mine "
      "din dit dine hans hendes sin sit sine vor vores jeres deres denne "
      "dette disse sådan hvad hvem hvor hvordan hvilken hvilket hvilke "
      "ingen intet noget nogle nogen alle alt anden andet andre mange meget "
      "selv "
      /* Forms of to be, to have and the like; adverbs. */
      "er var være været blev blive bliver har havde have haft kan kunne "
      "skal skulle vil ville må måtte ikke også nu jo her"},
    {"dutch",
      /* Articles, prepositions, conjunctions. */
      "de het een aan achter af bij binnen boven door in met na naar naast "
      "om onder op over sinds te tegen ten ter tijdens toe tot tussen uit "
      "van via voor zonder en of maar want dat als dan dus omdat hoewel "
      "terwijl toen "
      /* Pronouns and words that point. */
      "ik jij je u hij zij ze wij we jullie mij me hem haar ons hen hun zich "
      "zichzelf mijn jouw uw zijn onze deze dit die daar hier er wie wat "
      "waar welke hoe niemand niets iemand iets alle alles andere ander elk "
      "elke ieder veel zelf "
      /* Forms of to be, to have and the like; adverbs. */
      "ben bent is was waren geweest wezen heb hebt heeft had hadden hebben "
      "kan kunnen kon konden moet moeten mag mogen wil willen zal zullen zou "
      "zouden word wordt worden werd geworden doen doet niet geen ook al nog "
      "nu meer reeds zo"},
    {"finnish",
      /* Forms of to be and of the word that denies. */
      "olla olen olet on olemme olette ovat ole oli olin olit olimme olitte "
      "olivat olisi olisin olisit olisimme olisitte olisivat ollut olleet en "
      "et ei emme ette eivät älä "
      /* Pronouns, by case. */
      "minä minun minut minua minussa minusta minuun minulla minulta "
      "minulle sinä sinun sinut sinua sinussa sinusta sinuun sinulla "
      "sinulta sinulle hän hänen hänet häntä hänessä hänestä "
      "häneen hänellä häneltä hänelle me meidän meidät meitä "
      "meissä meistä meihin meillä meiltä meille te teidän teidät "
      "teitä teissä teistä teihin teillä teiltä teille he heidän "
      "heidät heitä heissä heistä heihin heillä heiltä heille tämä "
      "tämän tätä tässä tästä tähän tällä tältä tälle nämä "
      "näiden näitä näissä näistä näihin näillä näiltä näille "
      "tuo tuon tuota tuossa tuosta tuohon tuolla tuolta tuolle nuo noiden "
      "noita se sen sitä siinä siitä siihen sillä siltä sille ne niiden "
      "niitä niissä niistä niihin niillä niiltä niille kuka kenen ketä "
      "kenellä kenelle mikä minkä mitä missä mistä mihin millä miltä "
      "mille joka jonka jota jossa josta johon jolla jolta jolle jotka "
      "joiden joita joissa joista joihin joilla joille "
      /* Conjunctions, prepositions, adverbs. */
      "ja sekä tai vai että jos koska kuin kun mutta niin siis vaan vaikka "
      "myös ettei kanssa mukaan noin poikki yli"},
    {"german",
      /* Articles, prepositions, conjunctions. */
      "der die das den dem des ein eine einen einem einer eines kein keine "
      "keinen keinem keiner keines ab am an ans auf aus bei beim bis durch "
      "für gegen hinter im in ins mit nach ohne seit um unter über vom von "
      "vor während wegen zu zum zur zwischen und oder aber denn doch "
      "sondern dass daß wenn weil ob als da damit indem obwohl sowie wie "
      /* Pronouns and words that point. */
      "ich du er sie es wir ihr mich dich sich uns euch mir dir ihm ihn "
      "ihnen man mein meine meinen meinem meiner meines dein deine deinen "
      "deinem deiner deines sein seine seinen seinem seiner seines ihre "
      "ihren ihrem ihrer ihres unser unsere unseren unserem unserer euer "
      "eure euren eurem eurer dies diese diesen diesem dieser dieses jene "
      "jenen jenem jener jenes jede jeden jedem jeder jedes welche welchen "
      "welchem welcher welches wer wen wem was wo solche solchen solchem "
      "solcher solches manche manchen manchem mancher manches alle allen "
      "allem aller alles andere anderen anderem anderer anderes selbst "
      /* Forms of to be, to have and the like; adverbs. */
      "bin bist ist sind seid war warst waren wart gewesen sei habe hast hat "
      "haben habt hatte hatten gehabt werde wirst wird werden wurde wurden "
      "worden kann können konnte könnte muss musste soll sollte will "
      "wollen wollte würde würden nicht nichts auch nur noch schon sehr so "
      "nun jetzt hier dort dann also zwar"},
    {"greek",
      /* Articles, prepositions, conjunctions. */
      "ο η το οι τα του της των τον την τη "
      "τους τις στο στη στον στην στους στις "
      "στα ένας ένα μια μία ενός μιας από για "
      "με σε προς κατά μετά χωρίς ως σαν και ή "
      "αλλά όμως ότι που πως αν όταν ενώ "
      "γιατί διότι να θα ας ούτε είτε "
      /* Pronouns and words that point. */
      "εγώ εσύ εμείς εσείς αυτός αυτή αυτό "
      "αυτοί αυτές αυτά αυτού αυτής αυτών "
      "αυτόν αυτήν εκείνος εκείνη εκείνο "
      "εκείνοι εκείνες εκείνα μου σου μας "
      "σας ποιος ποια ποιο τι όσος όσοι όλα "
      "όλοι όλες κάθε κάποιος κάποια "
      /* Forms of to be and to have; adverbs. */
      "είμαι είσαι είναι είμαστε είστε ήταν "
      "ήμουν έχω έχεις έχει έχουμε έχετε "
      "έχουν είχε είχαν δεν δε μη μην όχι "
      "πολύ πιο τώρα εδώ εκεί"},
    {"hungarian",
      /* Articles, conjunctions, postpositions. */
      "a az egy és s is meg de hanem vagy hogy ha mert mint mivel tehát "
      "azonban ezért azért úgy így akkor amikor ahol amíg míg pedig "
      "sem se nem ne alatt által fel fölött felé után előtt között "
      "közé mellett miatt nélkül szerint számára óta "
      /* Pronouns and words that point. */
      "én te ő mi ti ők engem téged őt minket titeket őket nekem neked "
      "neki nekünk nektek nekik ez ezt ezek ezeket ezzel ebben ebből ehhez "
      "azt azok azokat azzal abban abból ahhoz ki kik aki akik akit mit ami "
      "amit amik amely amelyek amelyet amelynek melyik milyen olyan ilyen "
      "minden mindenki valaki valami semmi saját maga más egyéb "
      /* Forms of to be; adverbs. */
      "van vannak vagyok vagyunk vagytok volt voltam voltak voltunk lesz "
      "lesznek lenne lett legyen lehet nincs nincsenek kell már még csak "
      "itt ott most igen nagyon majd újra vissza"},
    {"indonesian",
      /* Prepositions, conjunctions, particles. */
      "di ke dari pada dalam untuk dengan oleh tentang antara atas bagi "
      "tanpa hingga sampai sejak dan atau tetapi tapi namun karena sebab "
      "bahwa jika kalau apabila agar supaya maka serta sedangkan sambil "
      "ketika saat seperti sebagai yang lah pun "
      /* Pronouns and words that point. */
      "saya aku kamu anda dia ia beliau kami kita mereka kalian ini itu "
      "tersebut sini situ sana siapa apa mana berapa bagaimana mengapa "
      "sendiri semua setiap tiap para suatu sebuah seorang "
      /* Verbs that help; adverbs. */
      "ada adalah ialah merupakan telah sudah sedang akan belum pernah masih "
      "bisa dapat harus boleh tidak tak bukan jangan juga saja hanya lagi "
      "lebih sangat sekali"},
    {"italian",
      /* Articles, prepositions, conjunctions. */
      "il lo la i gli le l un uno una di a da in con su per tra fra del "
      "dello della dei degli delle dell al allo alla ai agli alle all dal "
      "dallo dalla dai dagli dalle dall nel nello nella nei negli nelle nell "
      "sul sullo sulla sui sugli sulle sull col coi e ed o od ma se che "
      "perché anche come dove quando mentre né d "
      /* Pronouns and words that point. */
      "io tu lui lei egli ella esso essa noi voi loro essi esse mi ti ci vi "
      "si ne me te sé li mio mia miei mie tuo tua tuoi tue suo sua suoi sue "
      "nostro nostra nostri nostre vostro vostra vostri vostre questo questa "
      "questi queste quello quella quelli quelle quel quei quegli ciò chi "
      "cui quale quali quanto quanta quanti quante tutto tutta tutti tutte "
      "altro altra altri altre ogni stesso stessa "
      /* Forms of to be, to have, to do, to stay; adverbs. */
      "sono sei è siamo siete era eri erano eravamo fu furono sia siano "
      "sarà saranno sarebbe essere stato stata stati state ho hai ha "
      "abbiamo avete hanno aveva avevano avuto abbia abbiano avrà avrebbe "
      "avere fa fanno faceva sta stanno non più già così poi qui qua là "
      "lì"},
    {"norwegian",
      /* Articles, prepositions, conjunctions. */
      "en ei et den det de av etter for fra før hos i inn med mellom mot om "
      "opp over på siden til under ut uten ved og eller men at som da når "
      "hvis fordi enn så både ikkje "
      /* Pronouns and words that point. */
      "jeg eg du han hun ho man vi dere meg deg ham henne oss dem seg min mi "
      "mitt mine din di ditt dine hans hennes sin si sitt sine vår vårt "
      "våre deres denne dette disse slik hva hvem hvor hvordan hvilken "
      "hvilket hvilke hvorfor ingen intet noe noen alle alt annen annet "
      "andre mange mye selv begge "
      /* Forms of to be, to have and the like; adverbs. */
      "er var være vært ble bli blir blitt har hadde ha hatt kan kunne "
      "skal skulle vil ville må måtte ikke også nå her der bare"},
    {"portuguese",
      /* Articles, prepositions, conjunctions. */
      "o a os as um uma uns umas de do da dos das em no na nos nas num numa "
      "ao à aos às por pelo pela pelos pelas para com sem sob sobre entre "
      "até após desde contra e ou mas que se como quando porque porquê "
      "pois nem embora enquanto "
      /* Pronouns and words that point. */
      "eu tu ele ela nós vós você vocês eles elas me te lhe lhes si mim "
      "ti meu minha meus minhas teu tua teus tuas seu sua seus suas nosso "
      "nossa nossos nossas dele dela deles delas este esta estes estas isto "
      "esse essa esses essas isso aquele aquela aqueles aquelas aquilo quem "
      "qual quais cujo cuja todo toda todos todas outro outra outros outras "
      "mesmo mesma cada "
      /* Forms of to be, to have and the like; adverbs. */
      "ser sou és é somos são era eram foi foram fora seja sejam será "
      "serão seria estar estou está estamos estão esteve estava estavam "
      "esteja ter tenho tem temos têm tinha tinham teve tiveram tenha há "
      "havia haver não já também mais muito só ainda depois onde"},
    {"romanian",
      /* Articles, prepositions, conjunctions. */
      "un o unei unui unor al a ai ale cel cea cei cele lui la de din dintre "
      "despre după cu fără în într între întru pe prin pentru până "
      "peste sub către spre și şi sau ori dar însă ci că căci dacă "
      "deși când cum unde ca să nici iar "
      /* Pronouns and words that point. */
      "eu tu el ea noi voi ei ele mă te îl îi le ne vă se își mie ție "
      "lor meu mea mei mele tău ta tăi tale său sa săi sale nostru "
      "noastră noștri noastre acest această acești aceste acesta aceasta "
      "aceștia acestea acel acea acei acele acela aceea aceia acelea care "
      "cine ce cât câtă câți câte tot toată toți toate alt altă "
      "alți alte fiecare "
      /* Forms of to be and to have; adverbs. */
      "sunt sînt ești este e suntem sunteți era erau fost fi fie am are "
      "avem aveți au avea avut va vor vom aș ar nu da mai foarte doar "
      "numai acum aici acolo"},
    {"russian",
      /* Prepositions, conjunctions, particles. */
      "в во на с со к ко о об обо от ото по под "
      "подо за из изо у до для без при про над "
      "между через после перед около и а но "
      "да или либо если что чтобы как так "
      "когда пока хотя потому поэтому же ли "
      "бы б не ни вот ведь лишь только уже еще "
      "ещё даже тоже также то "
      /* Pronouns and words that point. */
      "я ты он она оно мы вы они меня мне мной "
      "тебя тебе тобой его ему им ним нём нем "
      "ей ею неё нее её ее нас нам нами вас "
      "вам вами их них ими ними себя себе "
      "собой мой моя моё мое мои твой твоя "
      "твои свой своя свои своего своей "
      "своих наш наша наше наши ваш ваша ваши "
      "этот эта это эти этого этой этому этом "
      "этим этих тот та те того той тому том "
      "тем тех кто кого кому кем чего чему "
      "чем который которая которое которые "
      "которого которой которых какой какая "
      "какие такой такая такие весь вся всё "
      "все всего всей всех сам сама сами "
      "самый "
      /* Forms of to be and the like; adverbs. */
      "быть был была было были будет будут "
      "буду будем есть нет можно надо нельзя "
      "здесь там тут где куда тогда теперь "
      "сейчас очень более ну"},
    {"spanish",
      /* Articles, prepositions, conjunctions. */
      "el la los las lo un una unos unas a al ante bajo con contra de del "
      "desde durante en entre hacia hasta para por según sin sobre tras y e "
      "o u ni que si como cuando donde porque pues pero mas sino aunque "
      "mientras "
      /* Pronouns and words that point. */
      "yo tú él ella ello nosotros nosotras vosotros vosotras ellos ellas "
      "usted ustedes me te se nos os le les mí ti sí mi mis tu tus su sus "
      "mío mía míos mías tuyo tuya tuyos tuyas suyo suya suyos suyas "
      "nuestro nuestra nuestros nuestras vuestro vuestra vuestros vuestras "
      "este esta estos estas esto ese esa esos esas eso aquel aquella "
      "aquellos aquellas aquello quien quienes qué cual cuales cuyo cuya "
      "todo toda todos todas otro otra otros otras mismo misma cada algo "
      "alguno alguna algunos algunas nada "
      /* Forms of to be, to have and the like; adverbs. */
      "ser soy eres es somos sois son era eras eran fue fueron fui sea sean "
      "será serán sería estar estoy está estamos están estaba estaban "
      "estuvo esté haber he has ha hemos han había habían hubo haya hayan "
      "tener tengo tiene tenemos tienen tenía tenían tuvo no ya muy más "
      "también sólo solo así aún"},
    {"swedish",
      /* Articles, prepositions, conjunctions. */
      "en ett den det de av efter för från före genom hos i in inom med "
      "mellan mot om på sedan till under ur ut utan vid åt över och eller "
      "men att som då när därför eftersom än så "
      /* Pronouns and words that point. */
      "jag du han hon man vi ni mig dig honom henne oss er dem sig min mitt "
      "mina din ditt dina hans hennes sin sitt sina vår vårt våra ert era "
      "deras denna detta dessa dess sådan sådant sådana vad vem var vart "
      "varför vars vilken vilket vilka ingen inget inga något någon "
      "några alla allt andra många mycket själv varje "
      /* Forms of to be, to have and the like; adverbs. */
      "är vara varit blev bli blir blivit har hade ha haft kan kunde ska "
      "skall skulle vill ville måste inte ej också nu här där"},
    {"turkish",
      /* Conjunctions, postpositions, particles. */
      "ve veya ya da de ile ki ama fakat ancak lakin çünkü eğer ise hem "
      "ne için gibi kadar göre sonra önce beri dolayı rağmen karşı "
      "doğru üzere mi mı mu mü "
      /* Pronouns and words that point. */
      "ben sen o biz siz onlar beni seni onu bizi sizi onları bana sana ona "
      "bize size onlara benim senin onun bizim sizin onların bu şu bunu "
      "şunu buna şuna bunun bunlar şunlar kim kimi kime kimin hangi "
      "nasıl neden niye nerede kendi kendisi her hepsi bazı birçok hiç "
      "hiçbir başka aynı bir birkaç şey "
      /* Forms of to be; adverbs. */
      "olan olarak oldu olduğu olması olur idi imiş değil var yok en "
      "çok daha pek sadece bile hatta yine zaten şimdi böyle öyle "
      "şöyle"},
};

i32 snStopWordsList(const char *p, size_t n) {
  static const char *const names[TEXT_STOP_LISTS] = {"english", "french"};
  for (u32 i = 0; i < TEXT_STOP_LISTS; i++)
    if (snAsciiEq(p, n, names[i], strlen(names[i]))) return (i32)i;
  return -1;
}

const char *snStopWordsMore(u32 k) {
  return k < SN_COUNT(stopWordsMore) ? stopWordsMore[k].name : NULL;
}

bool snStopWordsAdd(const char *p, size_t n, StrSet *set) {
  const char *name, *w = NULL;
  for (u32 k = 0; !w && (name = snStopWordsMore(k)); k++)
    if (snAsciiEq(p, n, name, strlen(name))) w = stopWordsMore[k].words;
  if (!w) return false;
  while (*w) {
    u32 len = (u32)strcspn(w, " ");
    (void)snStrSetAdd(set, w, len);
    w += len + (w[len] == ' ');
  }
  return true;
}

u64 snStopWordsKey(const char *p, u32 n) {
  u64 key = 0;
  assert(n > 0 && n <= 8);
  memcpy(&key, p, n);
  return key;
}

void snStopWordsFill(u32 list, u64 *slots) {
  const char *p = stopWordsLists[list];
  while (*p) {
    u32 n = (u32)strcspn(p, " ");
    u64 key = snStopWordsKey(p, n);
    u32 i = snStopWordsSlot(key);
    while (slots[i] && slots[i] != key) i = (i + 1) % TEXT_STOPS;
    slots[i] = key;
    p += n;
    while (*p == ' ') p++;
  }
}
