"""Asks a lake its questions in Spark SQL, translated from DuckDB's, and compares every value with the stored answers.

    questions.py DATA QUESTIONS

QUESTIONS is a file of JSON: the SQL of each question by its slug.
"""

import datetime
import decimal
import importlib.util
import json
import math
import pathlib
import sys

from pyspark.sql import SparkSession
from sqlglot import exp
from sqlglot.dialects import DuckDB

# The questions that Spark does not answer, and why. They are asked too: one that it answers does not belong here.
UNANSWERED = {
    "customer-cones": "AMBIGUOUS_REFERENCE",  # a column of USING beside another table with it, which DuckDB knows to be the same
    "rov-vantages": "NESTED_AGGREGATE_FUNCTION",  # the alias of an aggregate has the name of its column
    "standards-in-the-wild": "DUPLICATED_CTE_NAMES",  # sqlglot has no nested WITH in Spark's dialect, and there each of several has the same names
}


class Questions(DuckDB):
    """DuckDB's SQL, in which len is the length of a list and length that of a text; sqlglot takes them for the same."""

    class Parser(DuckDB.Parser):
        FUNCTIONS = {**DuckDB.Parser.FUNCTIONS, "LEN": exp.ArraySize.from_arg_list}


def function(name, *arguments):
    return exp.Anonymous(this=name, expressions=[a.copy() for a in arguments])


def where(condition, value):
    """Returns a value that is NULL, which aggregates pass over, unless the condition holds."""
    return exp.Case().when(condition.copy(), value.copy()) if condition else value


def number(n):
    return exp.Literal.number(n)


# What sqlglot does not translate, or not to what Spark 4.1 runs. A rule is given each node of the tree and returns what replaces it.


def materialized(node):
    """DuckDB keeps the rows of a CTE that is MATERIALIZED, for speed."""
    if isinstance(node, exp.CTE):
        node.set("materialized", None)
    return node


def qualify(node):
    """sqlglot calls the condition of each QUALIFY _w, which several SELECT * hand on: it is left out behind each."""
    if not isinstance(node, exp.Select) or not node.args.get("qualify") or not node.is_star:
        return node
    below = node.copy()
    condition = below.args["qualify"].this
    below.set("qualify", None)
    below.append("expressions", exp.alias_(condition.copy(), "_w"))
    return exp.select(exp.Star(except_=[exp.to_identifier("_w")])).from_(below.subquery("_t")).where("_w")


def base_window(node):
    """A window that adds an order to a named one is written out."""
    if isinstance(node, exp.Window) and node.args.get("alias") and node.args.get("order"):
        (base,) = [w for w in node.find_ancestor(exp.Select).args["windows"] if w.name == node.args["alias"].name]
        node.set("alias", None)
        node.set("partition_by", [p.copy() for p in base.args.get("partition_by") or []])
    return node


def minus(node):
    """Spark reads "OVER w - x" as a name with a hyphen."""
    if isinstance(node, exp.Window) and node.args.get("alias") and isinstance(node.parent, exp.Binary):
        return exp.paren(node)
    return node


def distinct(node):
    """An aggregate of DISTINCT values in their order is a sorted set. Spark's LISTAGG of them fails beside other aggregates (ClassCastException)."""
    aggregate, condition = (node.this, node.expression.this) if isinstance(node, exp.Filter) else (node, None)
    if not isinstance(aggregate, (exp.GroupConcat, exp.ArrayAgg)) or not isinstance(aggregate.this, exp.Order) or not isinstance(aggregate.this.this, exp.Distinct):
        return node
    (of,) = aggregate.this.this.expressions
    values = function("array_sort", function("collect_set", where(condition, of)))
    if isinstance(aggregate, exp.ArrayAgg):
        return function("nullif", values, function("array"))
    return where(exp.GT(this=function("size", values), expression=number(0)), function("array_join", values, aggregate.args["separator"]))


def window_filter(node):
    """Spark has no FILTER in windows."""
    if not isinstance(node, exp.Filter) or not isinstance(node.parent, exp.Window):
        return node
    aggregate, condition = node.this, node.expression.this
    of = aggregate.this
    if isinstance(of, exp.Distinct):
        of.set("expressions", [where(condition, e) for e in of.expressions])
    else:
        aggregate.set("this", where(condition, number(1) if isinstance(of, exp.Star) else of))
    return aggregate


def mode(node):
    """Of several values that are as frequent Spark returns the lowest if it is told to."""
    if isinstance(node, exp.Mode) and isinstance(node.this, exp.Order):
        return function("mode", node.this.this, exp.true())
    return node


def quantile(node):
    if isinstance(node, exp.PercentileCont):
        return function("percentile", node.this, node.expression)
    return node


def element(node):
    """An element that a list does not have is NULL in DuckDB and an error in Spark. sqlglot counts elements from 0, and slices from 1."""
    if not isinstance(node, exp.Bracket):
        return node
    (at,) = node.expressions
    if isinstance(at, exp.Slice):
        return function("slice", node.this, at.this, number(at.expression.to_py() - at.this.to_py() + 1))
    return function("try_element_at", node.this, number(at.to_py() + 1))


def median(node):
    """Spark has no median of a list: it is the mean of the one or two in its middle."""
    if not isinstance(node, exp.Anonymous) or node.name.lower() != "list_median":
        return node
    (of,) = node.expressions
    middle = [exp.maybe_parse(f"try_element_at(array_sort(of), nullif(CAST({side}((size(of) + 1) / 2) AS INT), 0))", dialect="spark") for side in ("floor", "ceil")]
    both = exp.Div(this=exp.paren(exp.Add(this=middle[0], expression=middle[1])), expression=number(2))
    return both.transform(lambda n: of.copy() if isinstance(n, exp.Column) and n.name == "of" else n)


def overlap(node):
    if isinstance(node, exp.ArrayOverlaps):
        return function("arrays_overlap", node.this, node.expression)
    return node


def whole_match(node):
    if isinstance(node, exp.RegexpFullMatch):
        return exp.RegexpLike(this=node.this.copy(), expression=exp.Literal.string(f"^(?:{node.expression.name})$"))
    return node


def group(node):
    """A group of a regular expression is \\1 in DuckDB and $1 in Spark."""
    if isinstance(node, exp.RegexpReplace) and isinstance(node.args["replacement"], exp.Literal):
        node.set("replacement", exp.Literal.string(node.args["replacement"].name.replace("\\", "$")))
    return node


def cast_generator(node):
    """A generator is not in a cast: its list is."""
    if isinstance(node, exp.Cast) and isinstance(node.this, exp.Explode):
        return exp.Explode(this=exp.cast(node.this.this, f"ARRAY<{node.to.sql()}>"))
    return node


def generators(node):
    """Lists are unnested side by side in DuckDB, and each with each in Spark, which has no generator in an expression either: a view beside the tables
    has their elements."""
    if not isinstance(node, exp.Select):
        return node
    found = [e for projection in node.expressions for e in projection.find_all(exp.Explode) if e.find_ancestor(exp.Select) is node]
    if not found or len(found) == 1 and isinstance(found[0].parent, exp.Alias):
        return node
    lists = function("arrays_zip", *[e.this for e in found])
    columns = [exp.to_identifier(f"_e{n}") for n in range(len(found))]
    node.append("laterals", exp.Lateral(this=function("inline", lists), view=True, alias=exp.TableAlias(this=exp.to_identifier("_v"), columns=columns)))
    for e, column in zip(found, columns):
        e.replace(exp.column(column.copy()))
    return node


def replace(node):
    """A star with REPLACE is the columns of the CTE."""
    if not isinstance(node, exp.Select) or not node.expressions[0].args.get("replace"):
        return node
    columns = {e.alias: e for e in node.expressions[0].args["replace"]}
    (cte,) = [c for c in node.ctes if c.alias == node.args["from_"].this.name]
    node.set("expressions", [columns.get(name) or exp.column(name) for name in cte.this.named_selects])
    return node


RULES = [
    materialized, qualify, base_window, distinct, window_filter, mode, quantile, element, median, overlap, whole_match, group, cast_generator,
    generators, minus, replace,
]  # fmt: skip


def translated(sql):
    """Returns a question in Spark's SQL."""
    (tree,) = Questions().parse(sql)
    for rule in RULES:
        tree = tree.transform(rule)
    return tree.sql(dialect="spark")


def value(v):
    """Returns a value of Spark as the answers have it."""
    if isinstance(v, datetime.datetime):
        return v.isoformat() + "Z"
    if isinstance(v, datetime.date):
        return v.isoformat() + "T00:00:00Z"
    if isinstance(v, decimal.Decimal):
        return float(v)
    return v


def same(a, b):
    """Reports whether two values are equal; sums of fractions depend on their order in the last digits."""
    if isinstance(a, float) or isinstance(b, float):
        return a is not None and b is not None and math.isclose(a, b, rel_tol=1e-12)
    return a == b


def ask(spark, sql, stored):
    """Asks a question and returns where its rows, in their order, differ from the stored ones."""
    rows = [[value(v) for v in row] for row in spark.sql(translated(sql)).collect()]
    if len(rows) != len(stored):
        return f"{len(rows)} rows, want {len(stored)}"
    for n, (got, want) in enumerate(zip(rows, stored)):
        if len(got) != len(want) or not all(map(same, got, want)):
            return f"row {n} is {got}, want {want}"
    return None


def session():
    """Returns a session in this process; the sample is small."""
    settings = {
        "spark.driver.extraJavaOptions": "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC",
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.driver.host": "127.0.0.1",
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
        "spark.sql.session.timeZone": "UTC",
        "spark.sql.shuffle.partitions": "1",
        "spark.sql.files.minPartitionNum": "1",
        "spark.sql.sources.parallelPartitionDiscovery.threshold": "100000",
        "spark.sql.codegen.wholeStage": "false",
    }
    builder = SparkSession.builder.master("local[2]")
    for name, setting in settings.items():
        builder = builder.config(name, setting)
    spark = builder.getOrCreate()
    spark.sparkContext.setLogLevel("OFF")
    return spark


def main():
    data, questions = pathlib.Path(sys.argv[1]).resolve(), json.loads(pathlib.Path(sys.argv[2]).read_text())
    spec = importlib.util.spec_from_file_location("sql", pathlib.Path(__file__).parents[4] / "examples" / "spark" / "sql.py")
    reader = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(reader)
    spark = session()
    for dataset, files in reader.partitions(spark, str(data)).items():
        spark.read.parquet(*files).createOrReplaceTempView(dataset)
    wrong, rows = [], 0
    for slug, sql in questions.items():
        stored = json.loads((data / "answers" / f"{slug}.json").read_text())["rows"] or []
        why = UNANSWERED.get(slug)
        try:
            differs = ask(spark, sql, stored)
        except Exception as e:
            if not why or why not in str(e):
                wrong.append(f"{slug}: {str(e)[:1000]}")
            continue
        if differs or why:
            wrong.append(f"{slug}: {differs or 'it is answered, so it does not belong to UNANSWERED'}")
        rows += len(stored)
    wrong += [f"{slug} is no question" for slug in UNANSWERED if slug not in questions]
    print("\n".join([*wrong, f"{len(questions) - len(UNANSWERED)} of {len(questions)} questions compared, {rows} rows"]))
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
