/*
** Search: Lucene's side of the search benchmark; ../../bench_search.c has
** the commands and the form of what is printed.  One field with positions
** and norms, BM25 as Lucene has it by default, no query cache, one thread.
** A list of the best stops early where Lucene can; with COUNT it may not.
*/
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.lucene.analysis.core.WhitespaceAnalyzer;
import org.apache.lucene.document.Document;
import org.apache.lucene.document.Field;
import org.apache.lucene.document.TextField;
import org.apache.lucene.index.DirectoryReader;
import org.apache.lucene.index.IndexWriter;
import org.apache.lucene.index.IndexWriterConfig;
import org.apache.lucene.index.LogDocMergePolicy;
import org.apache.lucene.index.SerialMergeScheduler;
import org.apache.lucene.index.Term;
import org.apache.lucene.search.BooleanClause;
import org.apache.lucene.search.BooleanQuery;
import org.apache.lucene.search.FuzzyQuery;
import org.apache.lucene.search.IndexSearcher;
import org.apache.lucene.search.PhraseQuery;
import org.apache.lucene.search.PrefixQuery;
import org.apache.lucene.search.Query;
import org.apache.lucene.search.ScoreDoc;
import org.apache.lucene.search.TermQuery;
import org.apache.lucene.search.TopDocs;
import org.apache.lucene.search.TopScoreDocCollectorManager;
import org.apache.lucene.store.FSDirectory;
import org.apache.lucene.store.MMapDirectory;

public final class Search {
  private static final String FIELD = "text";

  private static final class Asked {
    final Query query;
    final int top;
    final boolean count;
    long hits = -1;

    Asked(String command, Query query) {
      this.query = query;
      this.top = command.startsWith("TOP_")
          ? Integer.parseInt(command.split("_")[1]) : 0;
      this.count = command.endsWith("COUNT");
    }

    TopDocs run(IndexSearcher in) throws IOException {
      if (top == 0) {
        hits = in.count(query);
        return null;
      }
      int exact = count ? Integer.MAX_VALUE : top;
      TopDocs best = in.search(query,
          new TopScoreDocCollectorManager(top, null, exact));
      if (count) hits = best.totalHits.value();
      return best;
    }
  }

  private static long now() {
    return System.nanoTime();
  }

  /* The lines are {"id": N, "text": "..."} with nothing to unescape. */
  private static String textOf(String line) {
    int from = line.indexOf("\"text\"");
    return line.substring(line.indexOf('"', from + 6) + 1,
        line.lastIndexOf('"'));
  }

  private static void index(Path corpus, Path to) throws IOException {
    long from = now(), bytes = 0, n = 0;
    IndexWriterConfig config = new IndexWriterConfig(new WhitespaceAnalyzer());
    config.setOpenMode(IndexWriterConfig.OpenMode.CREATE);
    config.setRAMBufferSizeMB(256);
    config.setUseCompoundFile(false);
    config.setMergeScheduler(new SerialMergeScheduler());
    config.setMergePolicy(new LogDocMergePolicy());
    try (FSDirectory dir = new MMapDirectory(to)) {
      try (IndexWriter w = new IndexWriter(dir, config);
          BufferedReader in =
              Files.newBufferedReader(corpus, StandardCharsets.UTF_8)) {
        Document doc = new Document();
        TextField field = new TextField(FIELD, "", Field.Store.NO);
        doc.add(field);
        for (String line; (line = in.readLine()) != null; n++) {
          field.setStringValue(textOf(line));
          w.addDocument(doc);
        }
        w.forceMerge(1);
      }
      for (String name : dir.listAll()) bytes += dir.fileLength(name);
    }
    System.out.printf("documents %d  seconds %.3f  bytes %d%n", n,
        (now() - from) / 1e9, bytes);
  }

  private static final Pattern PART =
      Pattern.compile("([-+]?)(?:\"([^\"]*)\"|([^\\s*~]+)(\\*|~\\d)?)");

  private static Query leaf(String phrase, String word, String kind) {
    if (phrase != null) {
      String[] words = phrase.trim().split(" +");
      return words.length == 1 ? new TermQuery(new Term(FIELD, words[0]))
          : new PhraseQuery(FIELD, words);
    }
    Term term = new Term(FIELD, word);
    if (kind == null) return new TermQuery(term);
    return kind.equals("*") ? new PrefixQuery(term)
        : new FuzzyQuery(term, kind.charAt(1) - '0');
  }

  private static Query parse(String text) {
    BooleanQuery.Builder all = new BooleanQuery.Builder();
    Matcher m = PART.matcher(text);
    Query only = null;
    int n = 0;
    while (m.find()) {
      only = leaf(m.group(2), m.group(3), m.group(4));
      all.add(only, m.group(1).equals("+") ? BooleanClause.Occur.MUST
          : m.group(1).equals("-") ? BooleanClause.Occur.MUST_NOT
          : BooleanClause.Occur.SHOULD);
      n++;
    }
    return n == 1 ? only : all.build();
  }

  private static String listed(TopDocs best) {
    StringBuilder s = new StringBuilder();
    for (ScoreDoc d : best.scoreDocs)
      s.append(s.length() == 0 ? "" : " ").append(d.doc).append(':')
          .append(d.score);
    return s.toString();
  }

  /* RUNS  COMMAND  query: best_ns  count  list. */
  private static String answer(IndexSearcher in, String line)
      throws IOException {
    String[] part = line.split("\t", 3);
    long least = Long.MAX_VALUE;
    Asked q = new Asked(part[1], parse(part[2]));
    TopDocs best = null;
    for (int k = Integer.parseInt(part[0]); k > 0; k--) {
      long start = now();
      best = q.run(in);
      least = Math.min(least, now() - start);
    }
    return least + "\t" + q.hits + "\t" + (best == null ? "" : listed(best));
  }

  private static void search(Path at) throws IOException {
    try (FSDirectory dir = new MMapDirectory(at);
        DirectoryReader reader = DirectoryReader.open(dir);
        BufferedReader lines = new BufferedReader(
            new InputStreamReader(System.in, StandardCharsets.UTF_8))) {
      IndexSearcher in = new IndexSearcher(reader);
      in.setQueryCache(null);
      for (String line; (line = lines.readLine()) != null;)
        System.out.println(answer(in, line));
    }
  }

  public static void main(String[] a) throws IOException {
    if (a.length == 3 && a[0].equals("index"))
      index(Path.of(a[1]), Path.of(a[2]));
    else if (a.length == 2 && a[0].equals("search"))
      search(Path.of(a[1]));
    else {
      System.err.println("usage: Search index CORPUS DIR | search DIR");
      System.exit(2);
    }
  }
}
