-- The table and the 43 queries of ClickBench.  sql_bench.py says how a line
-- "-- NAME ..." is read.  A number in braces belongs to the 100 million rows of
-- the public table, and is made smaller in proportion to the rows here: what
-- passes a HAVING, or stands behind an OFFSET, is then about as much.

-- schema
CREATE TABLE hits (
  WatchID BIGINT NOT NULL, JavaEnable SMALLINT NOT NULL, Title TEXT NOT NULL,
  GoodEvent SMALLINT NOT NULL, EventTime TIMESTAMP NOT NULL,
  EventDate DATE NOT NULL, CounterID INTEGER NOT NULL,
  ClientIP INTEGER NOT NULL, RegionID INTEGER NOT NULL, UserID BIGINT NOT NULL,
  CounterClass SMALLINT NOT NULL, OS SMALLINT NOT NULL,
  UserAgent SMALLINT NOT NULL, URL TEXT NOT NULL, Referer TEXT NOT NULL,
  IsRefresh SMALLINT NOT NULL, RefererCategoryID SMALLINT NOT NULL,
  RefererRegionID INTEGER NOT NULL, URLCategoryID SMALLINT NOT NULL,
  URLRegionID INTEGER NOT NULL, ResolutionWidth SMALLINT NOT NULL,
  ResolutionHeight SMALLINT NOT NULL, ResolutionDepth SMALLINT NOT NULL,
  FlashMajor SMALLINT NOT NULL, FlashMinor SMALLINT NOT NULL,
  FlashMinor2 TEXT NOT NULL, NetMajor SMALLINT NOT NULL,
  NetMinor SMALLINT NOT NULL, UserAgentMajor SMALLINT NOT NULL,
  UserAgentMinor TEXT NOT NULL, CookieEnable SMALLINT NOT NULL,
  JavascriptEnable SMALLINT NOT NULL, IsMobile SMALLINT NOT NULL,
  MobilePhone SMALLINT NOT NULL, MobilePhoneModel TEXT NOT NULL,
  Params TEXT NOT NULL, IPNetworkID INTEGER NOT NULL,
  TraficSourceID SMALLINT NOT NULL, SearchEngineID SMALLINT NOT NULL,
  SearchPhrase TEXT NOT NULL, AdvEngineID SMALLINT NOT NULL,
  IsArtifical SMALLINT NOT NULL, WindowClientWidth SMALLINT NOT NULL,
  WindowClientHeight SMALLINT NOT NULL, ClientTimeZone SMALLINT NOT NULL,
  ClientEventTime TIMESTAMP NOT NULL, SilverlightVersion1 SMALLINT NOT NULL,
  SilverlightVersion2 SMALLINT NOT NULL, SilverlightVersion3 INTEGER NOT NULL,
  SilverlightVersion4 SMALLINT NOT NULL, PageCharset TEXT NOT NULL,
  CodeVersion INTEGER NOT NULL, IsLink SMALLINT NOT NULL,
  IsDownload SMALLINT NOT NULL, IsNotBounce SMALLINT NOT NULL,
  FUniqID BIGINT NOT NULL, OriginalURL TEXT NOT NULL, HID INTEGER NOT NULL,
  IsOldCounter SMALLINT NOT NULL, IsEvent SMALLINT NOT NULL,
  IsParameter SMALLINT NOT NULL, DontCountHits SMALLINT NOT NULL,
  WithHash SMALLINT NOT NULL, HitColor TEXT NOT NULL,
  LocalEventTime TIMESTAMP NOT NULL, Age SMALLINT NOT NULL,
  Sex SMALLINT NOT NULL, Income SMALLINT NOT NULL, Interests SMALLINT NOT NULL,
  Robotness SMALLINT NOT NULL, RemoteIP INTEGER NOT NULL,
  WindowName INTEGER NOT NULL, OpenerName INTEGER NOT NULL,
  HistoryLength SMALLINT NOT NULL, BrowserLanguage TEXT NOT NULL,
  BrowserCountry TEXT NOT NULL, SocialNetwork TEXT NOT NULL,
  SocialAction TEXT NOT NULL, HTTPError SMALLINT NOT NULL,
  SendTiming INTEGER NOT NULL, DNSTiming INTEGER NOT NULL,
  ConnectTiming INTEGER NOT NULL, ResponseStartTiming INTEGER NOT NULL,
  ResponseEndTiming INTEGER NOT NULL, FetchTiming INTEGER NOT NULL,
  SocialSourceNetworkID SMALLINT NOT NULL, SocialSourcePage TEXT NOT NULL,
  ParamPrice BIGINT NOT NULL, ParamOrderID TEXT NOT NULL,
  ParamCurrency TEXT NOT NULL, ParamCurrencyID SMALLINT NOT NULL,
  OpenstatServiceName TEXT NOT NULL, OpenstatCampaignID TEXT NOT NULL,
  OpenstatAdID TEXT NOT NULL, OpenstatSourceID TEXT NOT NULL,
  UTMSource TEXT NOT NULL, UTMMedium TEXT NOT NULL, UTMCampaign TEXT NOT NULL,
  UTMContent TEXT NOT NULL, UTMTerm TEXT NOT NULL, FromTag TEXT NOT NULL,
  HasGCLID SMALLINT NOT NULL, RefererHash BIGINT NOT NULL,
  URLHash BIGINT NOT NULL, CLID INTEGER NOT NULL);

-- q1 all
SELECT COUNT(*) FROM hits;

-- q2 all
SELECT COUNT(*) FROM hits WHERE AdvEngineID <> 0;

-- q3 all
SELECT SUM(AdvEngineID), COUNT(*), AVG(ResolutionWidth) FROM hits;

-- q4 all
SELECT AVG(UserID) FROM hits;

-- q5 all
SELECT COUNT(DISTINCT UserID) FROM hits;

-- q6 all
SELECT COUNT(DISTINCT SearchPhrase) FROM hits;

-- q7 all
SELECT MIN(EventDate), MAX(EventDate) FROM hits;

-- q8 all by 2
SELECT AdvEngineID, COUNT(*) FROM hits WHERE AdvEngineID <> 0
  GROUP BY AdvEngineID ORDER BY COUNT(*) DESC;

-- q9 all by 2
SELECT RegionID, COUNT(DISTINCT UserID) AS u FROM hits
  GROUP BY RegionID ORDER BY u DESC LIMIT 10;

-- q10 all by 3
SELECT RegionID, SUM(AdvEngineID), COUNT(*) AS c, AVG(ResolutionWidth),
  COUNT(DISTINCT UserID) FROM hits
  GROUP BY RegionID ORDER BY c DESC LIMIT 10;

-- q11 all by 2
SELECT MobilePhoneModel, COUNT(DISTINCT UserID) AS u FROM hits
  WHERE MobilePhoneModel <> ''
  GROUP BY MobilePhoneModel ORDER BY u DESC LIMIT 10;

-- q12 all by 3
SELECT MobilePhone, MobilePhoneModel, COUNT(DISTINCT UserID) AS u FROM hits
  WHERE MobilePhoneModel <> ''
  GROUP BY MobilePhone, MobilePhoneModel ORDER BY u DESC LIMIT 10;

-- q13 all by 2
SELECT SearchPhrase, COUNT(*) AS c FROM hits WHERE SearchPhrase <> ''
  GROUP BY SearchPhrase ORDER BY c DESC LIMIT 10;

-- q14 all by 2
SELECT SearchPhrase, COUNT(DISTINCT UserID) AS u FROM hits
  WHERE SearchPhrase <> ''
  GROUP BY SearchPhrase ORDER BY u DESC LIMIT 10;

-- q15 all by 3
SELECT SearchEngineID, SearchPhrase, COUNT(*) AS c FROM hits
  WHERE SearchPhrase <> ''
  GROUP BY SearchEngineID, SearchPhrase ORDER BY c DESC LIMIT 10;

-- q16 all by 2
SELECT UserID, COUNT(*) FROM hits
  GROUP BY UserID ORDER BY COUNT(*) DESC LIMIT 10;

-- q17 all by 3
SELECT UserID, SearchPhrase, COUNT(*) FROM hits
  GROUP BY UserID, SearchPhrase ORDER BY COUNT(*) DESC LIMIT 10;

-- q18 all any
SELECT UserID, SearchPhrase, COUNT(*) FROM hits
  GROUP BY UserID, SearchPhrase LIMIT 10;

-- q19 seine duckdb by 4
SELECT UserID, extract(minute FROM EventTime) AS m, SearchPhrase, COUNT(*)
  FROM hits GROUP BY UserID, m, SearchPhrase ORDER BY COUNT(*) DESC LIMIT 10;

-- q19 sqlite
SELECT UserID, CAST(strftime('%M', EventTime) AS INTEGER) AS m, SearchPhrase,
  COUNT(*) FROM hits GROUP BY UserID, m, SearchPhrase ORDER BY COUNT(*) DESC LIMIT 10;

-- q20 all
SELECT UserID FROM hits WHERE UserID = 435090932899640449;

-- q21 all
SELECT COUNT(*) FROM hits WHERE URL LIKE '%google%';

-- q22 all by 3
SELECT SearchPhrase, MIN(URL), COUNT(*) AS c FROM hits
  WHERE URL LIKE '%google%' AND SearchPhrase <> ''
  GROUP BY SearchPhrase ORDER BY c DESC LIMIT 10;

-- q23 all by 4
SELECT SearchPhrase, MIN(URL), MIN(Title), COUNT(*) AS c,
  COUNT(DISTINCT UserID) FROM hits
  WHERE Title LIKE '%Google%' AND URL NOT LIKE '%.google.%'
    AND SearchPhrase <> ''
  GROUP BY SearchPhrase ORDER BY c DESC LIMIT 10;

-- q24 all by 5
SELECT * FROM hits WHERE URL LIKE '%google%' ORDER BY EventTime LIMIT 10;

-- q25 all
SELECT SearchPhrase FROM hits WHERE SearchPhrase <> ''
  ORDER BY EventTime LIMIT 10;

-- q25 check by 2
SELECT SearchPhrase, EventTime FROM hits WHERE SearchPhrase <> ''
  ORDER BY EventTime LIMIT 10;

-- q26 all by 1
SELECT SearchPhrase FROM hits WHERE SearchPhrase <> ''
  ORDER BY SearchPhrase LIMIT 10;

-- q27 all by 1
SELECT SearchPhrase FROM hits WHERE SearchPhrase <> ''
  ORDER BY EventTime, SearchPhrase LIMIT 10;

-- q28 seine by 2
SELECT CounterID, AVG(octet_length(URL)) AS l, COUNT(*) AS c FROM hits
  WHERE URL <> '' GROUP BY CounterID HAVING COUNT(*) > {100000}
  ORDER BY l DESC LIMIT 25;

-- q28 duckdb by 2
SELECT CounterID, AVG(strlen(URL)) AS l, COUNT(*) AS c FROM hits
  WHERE URL <> '' GROUP BY CounterID HAVING COUNT(*) > {100000}
  ORDER BY l DESC LIMIT 25;

-- q28 sqlite by 2
SELECT CounterID, AVG(length(URL)) AS l, COUNT(*) AS c FROM hits
  WHERE URL <> '' GROUP BY CounterID HAVING COUNT(*) > {100000}
  ORDER BY l DESC LIMIT 25;

-- q29 seine by 2
SELECT REGEXP_REPLACE(Referer, '^https?://(?:www\.)?([^/]+)/.*$', '\1') AS k,
  AVG(octet_length(Referer)) AS l, COUNT(*) AS c, MIN(Referer) FROM hits
  WHERE Referer <> '' GROUP BY k HAVING COUNT(*) > {100000}
  ORDER BY l DESC LIMIT 25;

-- q29 duckdb by 2
SELECT REGEXP_REPLACE(Referer, '^https?://(?:www\.)?([^/]+)/.*$', '\1') AS k,
  AVG(strlen(Referer)) AS l, COUNT(*) AS c, MIN(Referer) FROM hits
  WHERE Referer <> '' GROUP BY k HAVING COUNT(*) > {100000}
  ORDER BY l DESC LIMIT 25;

-- q30 all
SELECT SUM(ResolutionWidth), SUM(ResolutionWidth + 1),
  SUM(ResolutionWidth + 2), SUM(ResolutionWidth + 3), SUM(ResolutionWidth + 4),
  SUM(ResolutionWidth + 5), SUM(ResolutionWidth + 6), SUM(ResolutionWidth + 7),
  SUM(ResolutionWidth + 8), SUM(ResolutionWidth + 9),
  SUM(ResolutionWidth + 10), SUM(ResolutionWidth + 11),
  SUM(ResolutionWidth + 12), SUM(ResolutionWidth + 13),
  SUM(ResolutionWidth + 14), SUM(ResolutionWidth + 15),
  SUM(ResolutionWidth + 16), SUM(ResolutionWidth + 17),
  SUM(ResolutionWidth + 18), SUM(ResolutionWidth + 19),
  SUM(ResolutionWidth + 20), SUM(ResolutionWidth + 21),
  SUM(ResolutionWidth + 22), SUM(ResolutionWidth + 23),
  SUM(ResolutionWidth + 24), SUM(ResolutionWidth + 25),
  SUM(ResolutionWidth + 26), SUM(ResolutionWidth + 27),
  SUM(ResolutionWidth + 28), SUM(ResolutionWidth + 29),
  SUM(ResolutionWidth + 30), SUM(ResolutionWidth + 31),
  SUM(ResolutionWidth + 32), SUM(ResolutionWidth + 33),
  SUM(ResolutionWidth + 34), SUM(ResolutionWidth + 35),
  SUM(ResolutionWidth + 36), SUM(ResolutionWidth + 37),
  SUM(ResolutionWidth + 38), SUM(ResolutionWidth + 39),
  SUM(ResolutionWidth + 40), SUM(ResolutionWidth + 41),
  SUM(ResolutionWidth + 42), SUM(ResolutionWidth + 43),
  SUM(ResolutionWidth + 44), SUM(ResolutionWidth + 45),
  SUM(ResolutionWidth + 46), SUM(ResolutionWidth + 47),
  SUM(ResolutionWidth + 48), SUM(ResolutionWidth + 49),
  SUM(ResolutionWidth + 50), SUM(ResolutionWidth + 51),
  SUM(ResolutionWidth + 52), SUM(ResolutionWidth + 53),
  SUM(ResolutionWidth + 54), SUM(ResolutionWidth + 55),
  SUM(ResolutionWidth + 56), SUM(ResolutionWidth + 57),
  SUM(ResolutionWidth + 58), SUM(ResolutionWidth + 59),
  SUM(ResolutionWidth + 60), SUM(ResolutionWidth + 61),
  SUM(ResolutionWidth + 62), SUM(ResolutionWidth + 63),
  SUM(ResolutionWidth + 64), SUM(ResolutionWidth + 65),
  SUM(ResolutionWidth + 66), SUM(ResolutionWidth + 67),
  SUM(ResolutionWidth + 68), SUM(ResolutionWidth + 69),
  SUM(ResolutionWidth + 70), SUM(ResolutionWidth + 71),
  SUM(ResolutionWidth + 72), SUM(ResolutionWidth + 73),
  SUM(ResolutionWidth + 74), SUM(ResolutionWidth + 75),
  SUM(ResolutionWidth + 76), SUM(ResolutionWidth + 77),
  SUM(ResolutionWidth + 78), SUM(ResolutionWidth + 79),
  SUM(ResolutionWidth + 80), SUM(ResolutionWidth + 81),
  SUM(ResolutionWidth + 82), SUM(ResolutionWidth + 83),
  SUM(ResolutionWidth + 84), SUM(ResolutionWidth + 85),
  SUM(ResolutionWidth + 86), SUM(ResolutionWidth + 87),
  SUM(ResolutionWidth + 88), SUM(ResolutionWidth + 89)
  FROM hits;

-- q31 all by 3
SELECT SearchEngineID, ClientIP, COUNT(*) AS c, SUM(IsRefresh),
  AVG(ResolutionWidth) FROM hits WHERE SearchPhrase <> ''
  GROUP BY SearchEngineID, ClientIP ORDER BY c DESC LIMIT 10;

-- q32 all by 3
SELECT WatchID, ClientIP, COUNT(*) AS c, SUM(IsRefresh),
  AVG(ResolutionWidth) FROM hits WHERE SearchPhrase <> ''
  GROUP BY WatchID, ClientIP ORDER BY c DESC LIMIT 10;

-- q33 all by 3
SELECT WatchID, ClientIP, COUNT(*) AS c, SUM(IsRefresh),
  AVG(ResolutionWidth) FROM hits
  GROUP BY WatchID, ClientIP ORDER BY c DESC LIMIT 10;

-- q34 all by 2
SELECT URL, COUNT(*) AS c FROM hits GROUP BY URL ORDER BY c DESC LIMIT 10;

-- q35 all by 3
SELECT 1, URL, COUNT(*) AS c FROM hits
  GROUP BY 1, URL ORDER BY c DESC LIMIT 10;

-- q36 all by 5
SELECT ClientIP, ClientIP - 1, ClientIP - 2, ClientIP - 3, COUNT(*) AS c
  FROM hits GROUP BY ClientIP, ClientIP - 1, ClientIP - 2, ClientIP - 3
  ORDER BY c DESC LIMIT 10;

-- q37 all by 2
SELECT URL, COUNT(*) AS PageViews FROM hits
  WHERE CounterID = 62
    AND EventDate >= '2013-07-01' AND EventDate <= '2013-07-31'
    AND DontCountHits = 0 AND IsRefresh = 0 AND URL <> ''
  GROUP BY URL ORDER BY PageViews DESC LIMIT 10;

-- q38 all by 2
SELECT Title, COUNT(*) AS PageViews FROM hits
  WHERE CounterID = 62
    AND EventDate >= '2013-07-01' AND EventDate <= '2013-07-31'
    AND DontCountHits = 0 AND IsRefresh = 0 AND Title <> ''
  GROUP BY Title ORDER BY PageViews DESC LIMIT 10;

-- q39 all by 2
SELECT URL, COUNT(*) AS PageViews FROM hits
  WHERE CounterID = 62
    AND EventDate >= '2013-07-01' AND EventDate <= '2013-07-31'
    AND IsRefresh = 0 AND IsLink <> 0 AND IsDownload = 0
  GROUP BY URL ORDER BY PageViews DESC LIMIT 10 OFFSET {1000};

-- q40 all by 6
SELECT TraficSourceID, SearchEngineID, AdvEngineID,
  CASE WHEN SearchEngineID = 0 AND AdvEngineID = 0 THEN Referer ELSE '' END
    AS Src, URL AS Dst, COUNT(*) AS PageViews FROM hits
  WHERE CounterID = 62
    AND EventDate >= '2013-07-01' AND EventDate <= '2013-07-31'
    AND IsRefresh = 0
  GROUP BY TraficSourceID, SearchEngineID, AdvEngineID, Src, Dst
  ORDER BY PageViews DESC LIMIT 10 OFFSET {1000};

-- q41 all by 3
SELECT URLHash, EventDate, COUNT(*) AS PageViews FROM hits
  WHERE CounterID = 62
    AND EventDate >= '2013-07-01' AND EventDate <= '2013-07-31'
    AND IsRefresh = 0 AND TraficSourceID IN (-1, 6)
    AND RefererHash = 3594120000172545465
  GROUP BY URLHash, EventDate
  ORDER BY PageViews DESC LIMIT 10 OFFSET {100};

-- q42 all by 3
SELECT WindowClientWidth, WindowClientHeight, COUNT(*) AS PageViews FROM hits
  WHERE CounterID = 62
    AND EventDate >= '2013-07-01' AND EventDate <= '2013-07-31'
    AND IsRefresh = 0 AND DontCountHits = 0
    AND URLHash = 2868770270353813622
  GROUP BY WindowClientWidth, WindowClientHeight
  ORDER BY PageViews DESC LIMIT 10 OFFSET {10000};

-- q43 seine duckdb by 1
SELECT DATE_TRUNC('minute', EventTime) AS M, COUNT(*) AS PageViews FROM hits
  WHERE CounterID = 62
    AND EventDate >= '2013-07-14' AND EventDate <= '2013-07-15'
    AND IsRefresh = 0 AND DontCountHits = 0
  GROUP BY M ORDER BY M LIMIT 10 OFFSET {1000};

-- q43 sqlite by 1
SELECT strftime('%Y-%m-%d %H:%M:00', EventTime) AS M, COUNT(*) AS PageViews
  FROM hits WHERE CounterID = 62
    AND EventDate >= '2013-07-14' AND EventDate <= '2013-07-15'
    AND IsRefresh = 0 AND DontCountHits = 0
  GROUP BY M ORDER BY M LIMIT 10 OFFSET {1000};
