/** Every example of the guide's pages on SQL, as contract §8.24 and §8.25 correct them. */
import { headerFailures, queries, refusals, type SqlCase, values } from "./sql-case.ts";

/** Guide: Conditional Functions. */
const conditionalFunctions = values([
  ["COALESCE(1)", "1"],
  ["COALESCE(null)", "NULL"],
  ["COALESCE(null, null)", "NULL"],
  ["COALESCE(missing)", "NULL"],
  ["COALESCE(missing, missing)", "NULL"],
  ["COALESCE(1, null)", "1"],
  ["COALESCE(null, null, 1)", "1"],
  ["COALESCE(null, 'string')", "string"],
  ["COALESCE(missing, 1)", "1"],
  ["NULLIF(1, 1)", "NULL"],
  ["NULLIF(1, 2)", "1"],
  ["NULLIF(1.0, 1)", "NULL"],
  ["NULLIF(1, '1')", "1"],
  ["NULLIF(1, NULL)", "1"],
  ["NULLIF(NULL, 1)", "NULL"],
  ["NULLIF(null, null)", "NULL"],
  ["NULLIF(missing, null)", "NULL"],
  ["NULLIF(missing, missing)", "NULL"],
]);

/** Guide: Conversion Functions, Data Types. */
const conversions = values([
  ["CAST('2007-04-05T14:30Z' AS TIMESTAMP)", "2007-04-05T14:30Z"],
  ["CAST(0.456 AS FLOAT)", "0.456"],
  ["FALSE", "false"],
  ["100000", "100000"],
  ["'xyz'", "xyz"],
  ["123.456", "123.456"],
]);

/** Guide: Date Functions; DATE_DIFF of `2010T` and `2010-05T` counts months (contract §8.24). */
const dateFunctions = values([
  ["DATE_ADD(year, 5, `2010-01-01T`)", "2015-01-01"],
  ["DATE_ADD(month, 1, `2010T`)", "2010-02T"],
  ["DATE_ADD(month, 13, `2010T`)", "2011-02T"],
  ["DATE_ADD(day, -1, `2017-01-10T`)", "2017-01-09"],
  ["DATE_ADD(hour, 1, `2017T`)", "2017-01-01T01:00-00:00"],
  ["DATE_ADD(hour, 1, `2017-01-02T03:04Z`)", "2017-01-02T04:04Z"],
  ["DATE_ADD(minute, 1, `2017-01-02T03:04:05.006Z`)", "2017-01-02T03:05:05.006Z"],
  ["DATE_ADD(second, 1, `2017-01-02T03:04:05.006Z`)", "2017-01-02T03:04:06.006Z"],
  ["DATE_DIFF(year, `2010-01-01T`, `2011-01-01T`)", "1"],
  ["DATE_DIFF(year, `2010T`, `2010-05T`)", "0"],
  ["DATE_DIFF(month, `2010T`, `2010-05T`)", "4"],
  ["DATE_DIFF(month, `2010T`, `2011T`)", "12"],
  ["DATE_DIFF(month, `2011T`, `2010T`)", "-12"],
  ["DATE_DIFF(day, `2010-01-01T23:00Z`, `2010-01-02T01:00Z`)", "0"],
  ["EXTRACT(YEAR FROM `2010-01-01T`)", "2010"],
  ["EXTRACT(MONTH FROM `2010T`)", "1"],
  ["EXTRACT(MONTH FROM `2010-10T`)", "10"],
  ["EXTRACT(HOUR FROM `2017-01-02T03:04:05+07:08`)", "3"],
  ["EXTRACT(MINUTE FROM `2017-01-02T03:04:05+07:08`)", "4"],
  ["EXTRACT(TIMEZONE_HOUR FROM `2017-01-02T03:04:05+07:08`)", "7"],
  ["EXTRACT(TIMEZONE_MINUTE FROM `2017-01-02T03:04:05+07:08`)", "8"],
  ["TO_STRING(`1969-07-20T20:18Z`,  'MMMM d, y')", "July 20, 1969"],
  ["TO_STRING(`1969-07-20T20:18Z`, 'MMM d, yyyy')", "Jul 20, 1969"],
  ["TO_STRING(`1969-07-20T20:18Z`, 'M-d-yy')", "7-20-69"],
  ["TO_STRING(`1969-07-20T20:18Z`, 'MM-d-y')", "07-20-1969"],
  ["TO_STRING(`1969-07-20T20:18Z`, 'MMMM d, y h:m a')", "July 20, 1969 8:18 PM"],
  ["TO_STRING(`1969-07-20T20:18Z`, 'y-MM-dd''T''H:m:ssX')", "1969-07-20T20:18:00Z"],
  ["TO_STRING(`1969-07-20T20:18+08:00`, 'y-MM-dd''T''H:m:ssXXXX')", "1969-07-20T20:18:00+0800"],
  ["TO_STRING(`1969-07-20T20:18+08:00`, 'y-MM-dd''T''H:m:ssXXXXX')", "1969-07-20T20:18:00+08:00"],
  ["TO_TIMESTAMP('2007T')", "2007T"],
  ["TO_TIMESTAMP('2007-02-23T12:14:33.079-08:00')", "2007-02-23T12:14:33.079-08:00"],
  ["UTCNOW()", "2017-10-13T16:02:11.123Z"],
]);

/** Guide: String Functions; strings take single quotes (contract §8.25). */
const stringFunctions = values([
  ["CHAR_LENGTH('')", "0"],
  ["CHAR_LENGTH('abcdefg')", "7"],
  ["CHARACTER_LENGTH('abcdefg')", "7"],
  ["LOWER('AbCdEfG!@#$')", "abcdefg!@#$"],
  ["UPPER('AbCdEfG!@#$')", "ABCDEFG!@#$"],
  ["SUBSTRING('123456789', 0)", "123456789"],
  ["SUBSTRING('123456789', 1)", "123456789"],
  ["SUBSTRING('123456789', 2)", "23456789"],
  ["SUBSTRING('123456789', -4)", "123456789"],
  ["SUBSTRING('123456789', 0, 999)", "123456789"],
  ["SUBSTRING('123456789', 1, 5)", "12345"],
  ["TRIM('       foobar         ')", "foobar"],
  ["TRIM('      \tfoobar\t         ')", "\tfoobar\t"],
  ["TRIM(LEADING FROM '       foobar         ')", "foobar         "],
  ["TRIM(TRAILING FROM '       foobar         ')", "       foobar"],
  ["TRIM(BOTH FROM '       foobar         ')", "foobar"],
  ["TRIM(BOTH '12' FROM '1112211foobar22211122')", "foobar"],
]);

/** Guide: Querying Archives, SELECT Command (Case Sensitivity; Reserved Keywords). */
const commands = [
  ...queries({ rows: ["1|2", "3|4"] }, [["SELECT * FROM archive", ["1|2", "3|4"]]]),
  ...queries({ rows: ["1|2|3"] }, [
    ["SELECT _2 FROM archive myAlias WHERE myAlias._2 = '2'", ["2"]],
    ["SELECT myAlias._2 FROM object AS myAlias", ["2"]],
    ["SELECT _1 FROM ARCHIVE WHERE _3 IN ('a', '3', 'c')", ["1"]],
  ]),
  ...queries({ header: "NAME", rows: ["x"] }, [["SELECT s.name from archive s", ["x"]]]),
  ...headerFailures("NAME", [['SELECT s."name" from archive s', "MissingHeaderName", '"name"']]),
  ...headerFailures("NAME|name", [
    ["SELECT s.name from archive s", "AmbiguousFieldName", "more than one column that name"],
  ]),
  ...queries({ header: "NAME|name", rows: ["x|y"] }, [['SELECT s."NAME" from archive s', ["x"]]]),
  ...queries({ header: "CAST", rows: ["x"] }, [['SELECT s."CAST" from archive s', ["x"]]]),
];

/** Examples of other services or with slips of the pen, which are refused. */
const refused = refusals([
  ["SELECT s.CAST from archive s", "1:10", "CAST", "reserved word"],
  ["SELECT NULLIF([1], [1]) FROM ARCHIVE", "1:15", "[", "list in brackets is not supported"],
  [
    "SELECT DATE_DIFF(day, `2010-01-01T23:00T`, `2010-01-02T01:00T`) FROM ARCHIVE",
    "1:23",
    "`2010-01-01T23:00T`",
    "a timestamp such as",
  ],
  [
    "SELECT TO_STRING(`1969-07-20T20:18+08:00Z`, 'y') FROM ARCHIVE",
    "1:18",
    "`1969-07-20T20:18+08:00Z`",
    "a timestamp such as",
  ],
  ["SELECT id FROM S3Object[*].Rules[*].id", "1:16", "S3Object", "belongs to S3 Select"],
  ["Select s.projects[0].project_name from archive s", "1:18", "[", "path or list in brackets"],
  ["SELECT * FROM archive LIMIT 10", "1:23", "LIMIT", "LIMIT is not supported"],
  ["SELECT AVG(_1) FROM archive", "1:8", "AVG", "aggregate function AVG is not supported"],
  ["SELECT COUNT(*) FROM archive", "1:8", "COUNT", "aggregate function COUNT"],
  ["SELECT MAX(_1) FROM archive", "1:8", "MAX", "aggregate function MAX"],
  ["SELECT MIN(_1) FROM archive", "1:8", "MIN", "aggregate function MIN"],
  ["SELECT SUM(_1) FROM archive", "1:8", "SUM", "aggregate function SUM"],
]);

export const guideCases: readonly SqlCase[] = [
  ...conditionalFunctions,
  ...conversions,
  ...dateFunctions,
  ...stringFunctions,
  ...commands,
  ...refused,
];
