/*
** Relevance: Lucene's side of bench-relevance.
**
**   Relevance terms TEXT CHAIN
**     Prints how CHAIN cuts the file TEXT, lines of token, position, start and
**     stop with tabs between them; the last two count characters.
**   Relevance search CORPUS QUERIES CHAIN
**     CORPUS: NDJSON of {"id": N, "text": "..."}.  QUERIES: lines of a number
**     and words, with a tab between them, of which any may match.  Prints per
**     query its number, a tab and the ten best as `id:score id:score ...`.
**
** CHAIN: EnglishAnalyzer, Lucene's own, which stems by Porter's first
** algorithm; or snowball, the same chain but for the stemmer, which is
** Porter's second one, as in Seine's analyzer english.
*/
import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.apache.lucene.analysis.Analyzer;
import org.apache.lucene.analysis.LowerCaseFilter;
import org.apache.lucene.analysis.StopFilter;
import org.apache.lucene.analysis.TokenStream;
import org.apache.lucene.analysis.en.EnglishAnalyzer;
import org.apache.lucene.analysis.en.EnglishPossessiveFilter;
import org.apache.lucene.analysis.snowball.SnowballFilter;
import org.apache.lucene.analysis.standard.StandardTokenizer;
import org.apache.lucene.analysis.tokenattributes.CharTermAttribute;
import org.apache.lucene.analysis.tokenattributes.OffsetAttribute;
import org.apache.lucene.analysis.tokenattributes.PositionIncrementAttribute;
import org.apache.lucene.document.Document;
import org.apache.lucene.document.Field;
import org.apache.lucene.document.TextField;
import org.apache.lucene.index.DirectoryReader;
import org.apache.lucene.index.IndexWriter;
import org.apache.lucene.index.IndexWriterConfig;
import org.apache.lucene.index.LogDocMergePolicy;
import org.apache.lucene.search.IndexSearcher;
import org.apache.lucene.search.Query;
import org.apache.lucene.search.ScoreDoc;
import org.apache.lucene.store.ByteBuffersDirectory;
import org.apache.lucene.store.Directory;
import org.apache.lucene.util.QueryBuilder;

public final class Relevance {
  private static final String FIELD = "text";
  private static final PrintStream OUT =
      new PrintStream(System.out, false, StandardCharsets.UTF_8);

  private static final class Snowball extends Analyzer {
    @Override
    protected TokenStreamComponents createComponents(String field) {
      StandardTokenizer words = new StandardTokenizer();
      TokenStream out = new LowerCaseFilter(words);
      out = new EnglishPossessiveFilter(out);
      out = new StopFilter(out, EnglishAnalyzer.ENGLISH_STOP_WORDS_SET);
      return new TokenStreamComponents(words,
          new SnowballFilter(out, "English"));
    }
  }

  private static Analyzer analyzer(String chain) {
    return chain.equals("snowball") ? new Snowball() : new EnglishAnalyzer();
  }

  private static void terms(String text, Analyzer analyzer)
      throws IOException {
    try (TokenStream in = analyzer.tokenStream(FIELD, text)) {
      var token = in.addAttribute(CharTermAttribute.class);
      var step = in.addAttribute(PositionIncrementAttribute.class);
      var at = in.addAttribute(OffsetAttribute.class);
      int position = -1, seen = 0, start = 0;
      in.reset();
      while (in.incrementToken()) {
        position += step.getPositionIncrement();
        start += text.codePointCount(seen, at.startOffset());
        seen = at.startOffset();
        OUT.println(token + "\t" + position + "\t" + start + "\t"
            + (start + text.codePointCount(seen, at.endOffset())));
      }
      in.end();
    }
  }

  /* Documents get the numbers of their lines. */
  private static void index(Path corpus, Directory to, Analyzer analyzer)
      throws IOException {
    IndexWriterConfig config = new IndexWriterConfig(analyzer);
    config.setMergePolicy(new LogDocMergePolicy());
    try (IndexWriter w = new IndexWriter(to, config);
        InputStream bytes = Files.newInputStream(corpus);
        JsonParser in = new JsonFactory().createParser(bytes)) {
      for (JsonToken t; (t = in.nextToken()) != null;)
        if (t == JsonToken.VALUE_STRING) {
          Document doc = new Document();
          doc.add(new TextField(FIELD, in.getText(), Field.Store.NO));
          w.addDocument(doc);
        }
      w.forceMerge(1);
    }
  }

  private static void search(Path corpus, Path queries, Analyzer analyzer)
      throws IOException {
    try (Directory dir = new ByteBuffersDirectory()) {
      index(corpus, dir, analyzer);
      try (DirectoryReader reader = DirectoryReader.open(dir)) {
        IndexSearcher in = new IndexSearcher(reader);
        QueryBuilder builder = new QueryBuilder(analyzer);
        for (String line : Files.readAllLines(queries)) {
          String[] part = line.split("\t", 2);
          Query query = builder.createBooleanQuery(FIELD, part[1]);
          OUT.print(part[0] + "\t");
          if (query != null)
            for (ScoreDoc d : in.search(query, 10).scoreDocs)
              OUT.print(d.doc + ":" + d.score + " ");
          OUT.println();
        }
      }
    }
  }

  public static void main(String[] a) throws IOException {
    if (a.length == 3 && a[0].equals("terms"))
      terms(Files.readString(Path.of(a[1])), analyzer(a[2]));
    else if (a.length == 4 && a[0].equals("search"))
      search(Path.of(a[1]), Path.of(a[2]), analyzer(a[3]));
    else {
      System.err.println("usage: Relevance terms TEXT CHAIN"
          + " | search CORPUS QUERIES CHAIN");
      System.exit(2);
    }
    OUT.flush();
  }
}
