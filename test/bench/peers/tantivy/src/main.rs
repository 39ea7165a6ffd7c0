//! tantivy's side of the search benchmark; ../../../bench_search.c has the
//! commands and the form of what is printed.  One field with positions and
//! norms, BM25 as tantivy has it, a fast field for the number of the line,
//! one thread that indexes.  Its scores are Lucene's times 2.2 = k1 + 1.
use std::fs::File;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::time::Instant;
use tantivy::collector::{Count, TopDocs};
use tantivy::merge_policy::NoMergePolicy;
use tantivy::query::{
    BooleanQuery, FuzzyTermQuery, Occur, PhraseQuery, Query, RegexQuery,
    TermQuery,
};
use tantivy::schema::{
    Field, IndexRecordOption, Schema, TextFieldIndexing, TextOptions, FAST,
};
use tantivy::{
    DocAddress, Index, IndexWriter, Score, Searcher, TantivyDocument, Term,
};

type Failure = Box<dyn std::error::Error>;
type Best = Vec<(Score, DocAddress)>;

struct Asked {
    query: Box<dyn Query>,
    top: usize,
    count: bool,
    hits: i64,
}

/// The lines are {"id": N, "text": "..."} with nothing to unescape.
fn text_of(line: &str) -> Option<&str> {
    let rest = &line[line.find("\"text\"")? + 6..];
    Some(&rest[rest.find('"')? + 1..rest.rfind('"')?])
}

fn index(corpus: &str, to: &str) -> Result<(), Failure> {
    let from = Instant::now();
    let mut schema = Schema::builder();
    let indexing = TextFieldIndexing::default()
        .set_tokenizer("whitespace")
        .set_index_option(IndexRecordOption::WithFreqsAndPositions);
    let options = TextOptions::default().set_indexing_options(indexing);
    let text = schema.add_text_field("text", options);
    let id = schema.add_u64_field("id", FAST);
    if Path::new(to).exists() {
        std::fs::remove_dir_all(to)?;
    }
    std::fs::create_dir_all(to)?;
    let index = Index::create_in_dir(to, schema.build())?;
    let mut writer: IndexWriter =
        index.writer_with_num_threads(1, 256 << 20)?;
    writer.set_merge_policy(Box::new(NoMergePolicy));
    let mut n = 0u64;
    for line in BufReader::new(File::open(corpus)?).lines() {
        let line = line?;
        let mut doc = TantivyDocument::default();
        doc.add_text(text, text_of(&line).ok_or("a line without text")?);
        doc.add_u64(id, n);
        writer.add_document(doc)?;
        n += 1;
    }
    writer.commit()?;
    let segments = index.searchable_segment_ids()?;
    if segments.len() > 1 {
        writer.merge(&segments).wait()?;
    }
    writer.garbage_collect_files().wait()?;
    writer.wait_merging_threads()?;
    let mut bytes = 0;
    for file in std::fs::read_dir(to)? {
        bytes += file?.metadata()?.len();
    }
    println!(
        "documents {n}  seconds {:.3}  bytes {bytes}",
        from.elapsed().as_secs_f64()
    );
    Ok(())
}

fn leaf(part: &str, field: Field) -> Result<Box<dyn Query>, Failure> {
    let term = |word: &str| Term::from_field_text(field, word);
    let one = |word: &str| -> Box<dyn Query> {
        let freqs = IndexRecordOption::WithFreqs;
        Box::new(TermQuery::new(term(word), freqs))
    };
    if let Some(quoted) = part.strip_prefix('"') {
        let words: Vec<&str> =
            quoted.trim_end_matches('"').split_whitespace().collect();
        if words.len() == 1 {
            return Ok(one(words[0]));
        }
        let terms = words.into_iter().map(term).collect();
        return Ok(Box::new(PhraseQuery::new(terms)));
    }
    if let Some(prefix) = part.strip_suffix('*') {
        let pattern = format!("{prefix}.*");
        return Ok(Box::new(RegexQuery::from_pattern(&pattern, field)?));
    }
    if let Some((word, edits)) = part.split_once('~') {
        let fuzzy = FuzzyTermQuery::new(term(word), edits.parse()?, true);
        return Ok(Box::new(fuzzy));
    }
    Ok(one(part))
}

/// The parts of a query: words, and phrases with their quotes.
fn parts(text: &str) -> Vec<String> {
    let (mut out, mut now, mut quoted) = (vec![], String::new(), false);
    for c in text.chars() {
        quoted ^= c == '"';
        if c == ' ' && !quoted {
            out.push(std::mem::take(&mut now));
        } else {
            now.push(c);
        }
    }
    out.push(now);
    out.retain(|part| !part.is_empty());
    out
}

fn parse(text: &str, field: Field) -> Result<Box<dyn Query>, Failure> {
    let mut all = vec![];
    for part in parts(text) {
        let (occur, rest) = match part.as_bytes()[0] {
            b'+' => (Occur::Must, &part[1..]),
            b'-' => (Occur::MustNot, &part[1..]),
            _ => (Occur::Should, &part[..]),
        };
        all.push((occur, leaf(rest, field)?));
    }
    if all.len() == 1 {
        return Ok(all.remove(0).1);
    }
    Ok(Box::new(BooleanQuery::new(all)))
}

fn run(q: &mut Asked, searcher: &Searcher) -> tantivy::Result<Best> {
    let query = q.query.as_ref();
    if q.top == 0 {
        q.hits = searcher.search(query, &Count)? as i64;
        return Ok(vec![]);
    }
    let top = TopDocs::with_limit(q.top).order_by_score();
    if !q.count {
        return searcher.search(query, &top);
    }
    let (best, hits) = searcher.search(query, &(top, Count))?;
    q.hits = hits as i64;
    Ok(best)
}

fn listed(best: &Best, searcher: &Searcher) -> Result<String, Failure> {
    let mut out = vec![];
    for (score, at) in best {
        let fast = searcher.segment_reader(at.segment_ord).fast_fields();
        let id = fast.u64("id")?.first(at.doc_id).unwrap_or(u64::MAX);
        out.push(format!("{id}:{}", score / 2.2));
    }
    Ok(out.join(" "))
}

/// RUNS, COMMAND and query: best_ns, count, list.
fn answer(
    line: &str,
    field: Field,
    searcher: &Searcher,
) -> Result<String, Failure> {
    let part: Vec<&str> = line.splitn(3, '\t').collect();
    let [runs, command, text] = part[..] else {
        return Err(format!("not RUNS, COMMAND and query: {line}").into());
    };
    let top = command.strip_prefix("TOP_").unwrap_or("0");
    let mut q = Asked {
        query: parse(text, field)?,
        top: top.split('_').next().unwrap_or("0").parse()?,
        count: command.ends_with("COUNT"),
        hits: -1,
    };
    let (mut least, mut best) = (u128::MAX, vec![]);
    for _ in 0..runs.parse::<usize>()? {
        let start = Instant::now();
        best = run(&mut q, searcher)?;
        least = least.min(start.elapsed().as_nanos());
    }
    let list = listed(&best, searcher)?;
    Ok(format!("{least}\t{}\t{list}", q.hits))
}

fn search(at: &str) -> Result<(), Failure> {
    let index = Index::open_in_dir(at)?;
    let field = index.schema().get_field("text")?;
    let searcher = index.reader()?.searcher();
    let mut out = std::io::stdout().lock();
    for line in std::io::stdin().lock().lines() {
        writeln!(out, "{}", answer(&line?, field, &searcher)?)?;
        out.flush()?;
    }
    Ok(())
}

fn main() -> Result<(), Failure> {
    let a: Vec<String> = std::env::args().collect();
    match a.iter().map(String::as_str).collect::<Vec<_>>()[1..] {
        ["index", corpus, to] => index(corpus, to),
        ["search", at] => search(at),
        _ => Err("usage: search index CORPUS DIR | search DIR".into()),
    }
}
