/*
** Logs: Lucene's side of bench-logs.
**
**   Logs LOGS DIR (speed | compression)
**     LOGS: NDJSON as logs.sh makes it.  Indexes every field but the line,
**     with positions what is TEXT there; gives each of them doc values, and
**     keeps the line, packed by LZ4 (speed) or DEFLATE (compression), which
**     are Lucene's two ways.  One thread, merges in it.  Prints twice, as the
**     load left it and merged into one segment:
**       documents  bytes  seconds of this thread  seconds of the process
**     The process also compiles and collects garbage.
*/
import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.lang.management.ManagementFactory;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import org.apache.lucene.analysis.standard.StandardAnalyzer;
import org.apache.lucene.codecs.Codec;
import org.apache.lucene.codecs.FilterCodec;
import org.apache.lucene.codecs.StoredFieldsFormat;
import org.apache.lucene.codecs.lucene90.Lucene90StoredFieldsFormat;
import org.apache.lucene.document.Document;
import org.apache.lucene.document.DoublePoint;
import org.apache.lucene.document.Field;
import org.apache.lucene.document.InetAddressPoint;
import org.apache.lucene.document.LatLonDocValuesField;
import org.apache.lucene.document.LatLonPoint;
import org.apache.lucene.document.LongPoint;
import org.apache.lucene.document.NumericDocValuesField;
import org.apache.lucene.document.SortedDocValuesField;
import org.apache.lucene.document.StoredField;
import org.apache.lucene.document.StringField;
import org.apache.lucene.document.TextField;
import org.apache.lucene.index.IndexWriter;
import org.apache.lucene.index.IndexWriterConfig;
import org.apache.lucene.index.SerialMergeScheduler;
import org.apache.lucene.store.FSDirectory;
import org.apache.lucene.store.MMapDirectory;
import org.apache.lucene.util.BytesRef;

public final class Logs {
  private static Codec codec(Lucene90StoredFieldsFormat.Mode mode) {
    Codec usual = Codec.getDefault();
    StoredFieldsFormat stored = new Lucene90StoredFieldsFormat(mode);
    return new FilterCodec(usual.getName(), usual) {
      @Override
      public StoredFieldsFormat storedFieldsFormat() {
        return stored;
      }
    };
  }

  private static void keyword(Document doc, String name, String value) {
    doc.add(new StringField(name, value, Field.Store.NO));
    doc.add(new SortedDocValuesField(name, new BytesRef(value)));
  }

  private static void text(Document doc, String name, String value) {
    doc.add(new TextField(name, value, Field.Store.NO));
    doc.add(new SortedDocValuesField(name, new BytesRef(value)));
  }

  private static void whole(Document doc, String name, long value) {
    doc.add(new LongPoint(name, value));
    doc.add(new NumericDocValuesField(name, value));
  }

  private static void real(Document doc, String name, double value) {
    doc.add(new DoublePoint(name, value));
    doc.add(new NumericDocValuesField(name, Double.doubleToRawLongBits(value)));
  }

  private static void address(Document doc, String name, String value)
      throws IOException {
    InetAddress ip = InetAddress.getByName(value);   // a literal: no look-up
    doc.add(new InetAddressPoint(name, ip));
    doc.add(new SortedDocValuesField(name,
        new BytesRef(InetAddressPoint.encode(ip))));
  }

  private static void place(Document doc, String name, JsonParser in)
      throws IOException {
    double lat = 0, lon = 0;
    while (in.nextToken() != JsonToken.END_OBJECT) {
      boolean first = in.currentName().equals("lat");
      in.nextToken();
      if (first) lat = in.getDoubleValue();
      else lon = in.getDoubleValue();
    }
    doc.add(new LatLonPoint(name, lat, lon));
    doc.add(new LatLonDocValuesField(name, lat, lon));
  }

  private static Document document(JsonParser in) throws IOException {
    Document doc = new Document();
    while (in.nextToken() != JsonToken.END_OBJECT) {
      String name = in.currentName();
      in.nextToken();
      switch (name) {
        case "@timestamp" ->
          whole(doc, name, Instant.parse(in.getText()).toEpochMilli());
        case "clientip" -> address(doc, name, in.getText());
        case "request", "agent" -> text(doc, name, in.getText());
        case "response", "bytes" -> whole(doc, name, in.getLongValue());
        case "duration_ms" -> real(doc, name, in.getDoubleValue());
        case "location" -> place(doc, name, in);
        case "line" -> doc.add(new StoredField(name, in.getText()));
        default -> keyword(doc, name, in.getText());
      }
    }
    return doc;
  }

  private static void print(FSDirectory dir, long n) throws IOException {
    var threads = ManagementFactory.getThreadMXBean();
    var process = (com.sun.management.OperatingSystemMXBean)
        ManagementFactory.getOperatingSystemMXBean();
    long bytes = 0;
    for (String name : dir.listAll()) bytes += dir.fileLength(name);
    System.out.printf("%d %d %.2f %.2f%n", n, bytes,
        threads.getCurrentThreadCpuTime() / 1e9,
        process.getProcessCpuTime() / 1e9);
  }

  public static void main(String[] a) throws IOException {
    if (a.length != 3 || !a[2].matches("speed|compression")) {
      System.err.println("usage: Logs LOGS DIR (speed | compression)");
      System.exit(2);
    }
    IndexWriterConfig config = new IndexWriterConfig(new StandardAnalyzer());
    config.setOpenMode(IndexWriterConfig.OpenMode.CREATE);
    config.setRAMBufferSizeMB(256);
    config.setMergeScheduler(new SerialMergeScheduler());
    config.setCodec(codec(a[2].equals("speed")
        ? Lucene90StoredFieldsFormat.Mode.BEST_SPEED
        : Lucene90StoredFieldsFormat.Mode.BEST_COMPRESSION));
    try (FSDirectory dir = new MMapDirectory(Path.of(a[1]));
        InputStream logs =
            new BufferedInputStream(Files.newInputStream(Path.of(a[0])));
        JsonParser in = new JsonFactory().createParser(logs);
        IndexWriter w = new IndexWriter(dir, config)) {
      long n = 0;
      for (; in.nextToken() != null; n++) w.addDocument(document(in));
      w.commit();
      print(dir, n);
      w.forceMerge(1);
      w.commit();
      print(dir, n);
    }
  }
}
