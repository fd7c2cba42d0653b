"""Jinja's filters and tests."""

LOOSE = {"error_ok": True, "words": False}
ERR = {"error_ok": True}


def each(*expressions):
    return ["{{ %s }}" % expression for expression in expressions]


CASES = [
    ("filter text", {}, each(
        "s | upper, s | lower, s | title, s | capitalize, 'foo-bar (baz) x1y' | title, \"it's\" | title, 5 | upper, none | lower, [1] | capitalize",
        "' x ' | trim ~ '|', 'xxaxx' | trim('x'), '  ' | trim, 5 | trim, 'a\\n' | trim",
        "s | replace('o', '0'), s | replace('o', '0', 1), 5 | replace(5, 6), 'aaa' | replace('a', ''), s | replace(' ', none), 'x' | replace('', '-'), s | replace('l', 'L', count=2)",
        "s | length, s | count, [] | length, {'a': 1} | length, (1, 2) | length, range(4) | length, d.items() | length, 'é' | length",
        "s | reverse, [1, 2] | reverse | list, (1, 2) | reverse | list, d | reverse | list",
        "5 | string, [1] | string, none | string, 1.0 | string, 'a' | string, true | string, (1 | string) + '2'",
        "'ab' | center(6) ~ '|', 'abc' | center(6) ~ '|', 'x' | center(3)",
        "s | truncate(5), s | truncate(5, true), s | truncate(8), s | truncate(8, false, '..'), s | truncate(8, true, '..', 0), s | truncate(11), 'short' | truncate, ('word ' * 60) | truncate, s | truncate(9, true, '', 0), s | truncate(5, leeway=0), 'abcdefghijklmnop' | truncate(10)",
        "s | wordcount, 'a-b c_d  e' | wordcount, '' | wordcount, \"it's\" | wordcount",
        "'a\\nb\\nc' | indent, 'a\\nb' | indent(2), 'a\\nb' | indent(2, true), 'a\\n\\nb' | indent(2), 'a\\n\\nb' | indent(2, blank=true), 'a\\nb\\n' | indent(2), 'a' | indent(first=true), 'a\\nb' | indent('> '), '' | indent(2, true), 'a\\n\\nb' | indent(2, true, true), 'a\\r\\nb' | indent(1), 'a\\nb' | indent(width=8), '\\n' | indent(2), 'x\\n\\n' | indent(2)",
        "'the quick brown fox jumps over' | wordwrap(10), 'averyveryverylongword x' | wordwrap(5), 'averyveryverylongword x' | wordwrap(5, false), 'a b\\nc d' | wordwrap(2), 'the quick brown' | wordwrap(10, wrapstring='|'), '' | wordwrap(5), 'well-known thing here' | wordwrap(7), 'well-known thing' | wordwrap(7, true, '|', false), 'a  b   c' | wordwrap(3, wrapstring='|'), '  lead' | wordwrap(4, wrapstring='|')",
        "'a b&c/d?é' | urlencode, {'a': 1, 'b c': 'd/e'} | urlencode, [('x', 'y z')] | urlencode, 5 | urlencode, '' | urlencode, '~-._' | urlencode",
        "'<a href=\"x\">b</a> &amp; \\n c' | striptags, 'x <!-- <b> --> y' | striptags, 'plain' | striptags, '&lt;b&gt;' | striptags",
        "'<a>&\"\\'' | e, '<a>' | escape | escape, '<a>' | e | forceescape, '<a>' | safe, ('<' | e) is escaped, 'x' is escaped, ('<' | safe) | e, 5 | e, none | e, ('<' | e) ~ '<', ('&' | e) + '<', '<' + ('&' | e), ('<%s>' | safe) % '<', ('<' | e) * 2, ['<' | e], ('x' | e) | upper, ('<' | e) == '&lt;'",
        "{'class': 'x', 'id': none, 'n': 5, 'q': '\"<'} | xmlattr, {} | xmlattr, {'a': 1} | xmlattr(false), {'a': none} | xmlattr",
        "'see http://example.com/x, or www.example.org.' | urlize, 'mail me@example.com now' | urlize, 'https://example.com/averyverylongpath' | urlize(20), 'http://a.example' | urlize(nofollow=true), 'http://a.example' | urlize(target='_blank'), 'no links here' | urlize, '<b> & (http://x.example)' | urlize",
    )),
    ("filter default", {}, each(
        "nope | default('x'), no | default('x'), no | default('x', true), '' | d('e'), '' | d('e', true), 0 | default(5, boolean=true), d.zz | default(d.a), nope | default, nope | default(none), false | default('x'), [] | default([1], true), nope | default(default_value=3)",
        "nope | default(nope2 | default('deep')), (nope | default({})).get('a', 'b'), users[0].shell | default('/bin/sh')",
    )),
    ("filter number", {}, each(
        "'42' | int, '4.7' | int, 'x' | int, 'x' | int(5), 4.7 | int, -4.7 | int, none | int, none | int(9), true | int, '' | int, ' 42 ' | int, '-7' | int, '1e3' | int, [] | int, '0x1f' | int(base=16), '1f' | int(0, 16), '101' | int(base=2), '0b11' | int(0, 2), '0o17' | int(0, 8), '1_000' | int, 'abc' | int(default=1), '0x1f' | int",
        "'4.5' | float, 'x' | float, 'x' | float(1.5), 3 | float, none | float, '1e3' | float, 'inf' | float, 'nan' | float, '-inf' | float, true | float, '' | float(2), ' 2 ' | float, 'infinity' | float",
        "-5 | abs, 5.5 | abs, (-2.5) | abs, true | abs, (0 - 9223372036854775808) | abs",
        "2.5 | round, 3.5 | round, 2.567 | round(2), 2.561 | round(2, 'ceil'), 2.569 | round(2, 'floor'), 5 | round, 42.55 | round(1), 42.7 | round | int, 2.675 | round(2), 1234 | round(-2), 1250 | round(-2), 1350 | round(-2), 0.5 | round, 1.5 | round, -2.5 | round, 2.4 | round(method='ceil'), 7 | round(method='floor'), 1e300 | round(2), 15.0 | round(-1), 25.0 | round(-1)",
        "[1, 2, 3] | sum, [1.5, 2] | sum, [] | sum, [[1], [2]] | sum(start=[]), users | sum(attribute='uid'), users | sum('uid', 5), (1, 2) | sum, range(5) | sum, d.values() | sum",
        "0 | filesizeformat, 1 | filesizeformat, 100 | filesizeformat, 1000 | filesizeformat, 1000000 | filesizeformat, 1024 | filesizeformat(true), 1500 | filesizeformat, 1e9 | filesizeformat, '300' | filesizeformat, 1e15 | filesizeformat, 1e26 | filesizeformat, 1e28 | filesizeformat, 1536 | filesizeformat(binary=true), 1.5 | filesizeformat, 999999 | filesizeformat",
    )),
    ("filter sequence", {}, each(
        "'abc' | list, d | list, d.items() | list, (1, 2) | list, range(3) | list, {} | list, l | list is sameas l, 'é☃' | list",
        "l | first, l | last, 'abc' | first, 'abc' | last, d | first, d | last, (1,) | last, range(5) | last",
        "[1, none, 'a'] | join(','), ['a'] | join, users | join('-', attribute='name'), d | join(','), 'abc' | join('.'), [[1], 2] | join('|'), [] | join(','), [1, 2] | join(0), users | join(', ', 'home.dir'), range(3) | join",
        "[1, 2, 3, 4, 5] | batch(2) | list, [1, 2, 3] | batch(2, 'x') | list, [] | batch(3) | list, [1, 2] | batch(2, 0) | list, 'abcd' | batch(3) | list, [1] | batch(3, none) | list",
        "[1, 2, 3, 4, 5] | slice(2) | list, [1, 2, 3, 4, 5] | slice(3, 'x') | list, [1] | slice(3) | list, [] | slice(2) | list, [1, 2, 3, 4] | slice(2, 'f') | list, range(7) | slice(3) | list",
        "l | sort, l | sort(true), words | sort, words | sort(case_sensitive=true), words | sort(reverse=true), users | sort(attribute='uid') | map(attribute='name') | list, users | sort(attribute='uid,name') | map(attribute='name') | list, d | sort, 'cab' | sort, d.items() | sort, [1, true, 0.5] | sort, (3, 1) | sort, users | sort(attribute='name', reverse=true) | map(attribute='name') | list, [['b', 1], ['a', 2]] | sort(attribute=0), [[2, 1], [1, 2]] | sort(attribute='1')",
        "d | dictsort, d | dictsort(true), d | dictsort(false, 'value'), d | dictsort(reverse=true), d | dictsort(by='value', reverse=true), {'b': 'X', 'a': 'y'} | dictsort(by='value'), {2: 'a', 1: 'b'} | dictsort",
        "[1, 1, 2, 1] | unique | list, words | unique | list, words | unique(true) | list, users | unique(attribute='uid') | map(attribute='name') | list, 'aAb' | unique | list, [1, 1.0, true] | unique | list, [[]] | length",
        "users | groupby('uid') | map('first') | list, (users | groupby('uid'))[0].list | length, users | groupby('uid') | map(attribute='grouper') | list, users | map(attribute='home') | groupby('dir') | length, [{'a': 'X'}, {'a': 'x'}] | groupby('a') | map(attribute='grouper') | list, [{'a': 1}, {}] | groupby('a', default=0) | map(attribute='grouper') | list, ['bb', 'a', 'cc'] | groupby('0') | list if false else 1, [{'a': 'X'}, {'a': 'x'}, {'a': 'b'}] | groupby('a', case_sensitive=true) | map('first') | list",
        "l | min, l | max, words | min, words | max, words | max(true), users | max(attribute='uid'), users | min(attribute='name'), 'hello' | max, [] | max is defined, d | min, [[1, 2], [1, 3]] | max, [1, 2.5] | max, (users | map(attribute='uid') | max)",
        "words | map('upper') | list, words | map('replace', 'p', 'P') | list, users | map(attribute='name') | join(','), users | map(attribute='home.dir') | list, [{'a': 1}, {}] | map(attribute='a', default=0) | list, ['1', '2'] | map('int') | sum, [[1, 2], [3]] | map('length') | list, [[1, 2], [3, 4]] | map(attribute=0) | list, users | map(attribute='groups.0', default='none') | list, [1, 2] | map('string') | join, ['a'] | map('indent', 2, true) | list, [{'a': {'b': 1}}, {'a': {}}] | map(attribute='a.b', default='q') | list, ['x'] | map('default', 'y') | list",
        "[1, 2, 3, 4] | select('odd') | list, [1, 2, 3] | reject('odd') | list, ['', 'a', none, 0] | select | list, [0, 1] | reject | list, [1, 2, 3] | select('gt', 1) | list, words | select('in', ['fig']) | list, [1, 'a', none] | select('string') | list, [1, none] | reject('none') | list, [1, 2, 3] | select('>', 1) | list, range(6) | select('divisibleby', 3) | list, [1, 2] | select('equalto', 2) | first, {'a': 1} | select | list",
        "users | selectattr('groups') | map(attribute='name') | list, users | selectattr('uid', 'equalto', 1001) | map(attribute='name') | list, users | rejectattr('uid', 'eq', 1001) | map(attribute='name') | list, users | selectattr('name', 'in', ['bob']) | list | length, users | rejectattr('groups') | map(attribute='name') | list, users | selectattr('shell', 'defined') | list, users | selectattr('shell', 'undefined') | list | length, users | selectattr('home.dir', 'ne', '/srv/bob') | map(attribute='name') | list, users | selectattr('uid', '>', 1000) | list | length, [[1, 2], [0, 3]] | selectattr(0) | list",
        "d | items | list, {} | items | list, nope | default({}) | items | list, {'a': 1} | items | first",
        "users | attr('x') is defined, s | attr('upper') is callable, (s | attr('upper'))(), d | attr('a') is defined, 5 | attr('real')",
        "[3] | random, 'x' | random",
        "d | list | sort | reverse | list | first, words | map('lower') | unique | sort | join(' '), users | map(attribute='groups') | sum(start=[]) | unique | list",
        "[[1, [2]], 'a'] | tojson, {'b': 1, 'a': [none, true, 1.5]} | tojson, '</x> & \\'' | tojson, 'é☃\\U0001f600' | tojson, {'a': {'b': []}, 'c': {}} | tojson(indent=2), [] | tojson(2), [1, [2]] | tojson(indent=1), (1, 2) | tojson, 1e20 | tojson, 'a\\n\\t\"\\\\\\x01' | tojson, {1: 'a', 2: 'b'} | tojson, {true: 1} | tojson, {none: 2} | tojson, ('a' | tojson) is escaped, (10**20) | tojson, 'x' | tojson | replace('\"', \"'\")",
        "{'a': [1]} | pprint, 'x' | pprint, (['word'] * 30) | pprint, {'b': 'x' * 30, 'a': 'y' * 50, 'c': [1, 2]} | pprint, [] | pprint, none | pprint, 1.0 | pprint, {'k': (['long-word'] * 12)} | pprint, {'z': 1, 'a': {'y': 2, 'b': 3}} | pprint, ('x' * 100) | length",
        "[1, 2, 3] | map('string') | join(', ') | replace(', ', ';'), (l | sort)[0], (l | sort | list)[-1], l | sort | first + 1 if false else 1, l | map('abs') | list | length",
        "l | select('odd') is iterable, (l | map('string')) is string, [] | select | list | length, l | map('string') | first, l | select | first",
    )),
    ("filter generators", {}, [
        "{% set g = [1, 2] | map('string') %}{{ g | list }}{{ g | list }}", "{% set g = [1, 2, 3] | select('odd') %}{{ g | first }}", "{% for x in l | select('odd') %}{{ x }}{{ loop.index }}{% endfor %}",
        "{% for g, us in users | groupby('uid') %}{{ g }}:{% for u in us %}{{ u.name }},{% endfor %}{{ us | length }};{% endfor %}", "{% for g in users | groupby('uid') %}{{ g.grouper }}{{ g.list | map(attribute='name') | join }}{{ g[0] }}{% endfor %}",
        "{% for row in range(7) | batch(3, '-') %}{{ row | join }}|{% endfor %}", "{% for col in range(7) | slice(3) %}{{ col }}{% endfor %}", "{% if [] | select | list %}a{% else %}b{% endif %}{% if [] | select %}c{% endif %}",
        "{{ users | groupby('uid') | first }}" if False else "{{ (users | groupby('uid') | first)[0] }}", "{% set x = d | dictsort %}{{ x[0][0] }}{% for k, v in d | dictsort %}{{ k }}{{ v }}{% endfor %}",
    ]),
    ("filter errors", LOOSE, each(
        "5 | length", "none | length", "5 | list", "5 | first", "none | sort", "[1, none] | sort", "5 | sum", "['a'] | sum", "[1] | map | list", "[1] | map('nosuch') | list", "[1] | select('nosuch') | list", "5 | join", "l | batch", "5 | reverse", "5 | dictsort", "d | dictsort(by='x')",
        "[] | first", "[] | last", "[] | max", "[] | random", "'a' | round", "none | abs", "l | sort(attribute='x')", "users | sort(attribute='nope')", "users | map(attribute='nope') | join", "users | groupby('nope')", "5 | items | list", "'x' | items | list", "s | truncate(1)", "[1] | map(attribute='a', foo=1) | list",
        "(l | map('string')) | length", "(l | select)[0]", "5 | xmlattr", "{'a b': 1} | xmlattr", "'a' | format(1, x=2)", "[1] | slice", "l | join(',', 'nope')", "range | tojson", "users | selectattr | list", "nope | default | nosuch", "s | nosuch", "s is nosuch", "[1] | map('nosuch') | list",
        "s | replace('a')", "s | center('x')", "l | sum(attribute='x')", "{1: 'a', 'b': 2} | dictsort", "{1: 'a', 'b': 2} | tojson", "'a' | int(base='x')" if False else "'x' | wordwrap(0)", "d | sort(attribute='x')", "l | unique(1, 2, 3, 4)", "s | upper(1)", "'x' | indent(1, 2, 3, 4)",
    )),
    ("tests", {}, each(
        "1 is number, 1.5 is number, true is number, '1' is number, none is number, 1 is integer, 1.0 is integer, true is integer, 1.0 is float, 1 is float, true is boolean, 1 is boolean, true is true, 1 is true, false is false, 0 is false",
        "'a' is string, 1 is string, ('<' | e) is string, [] is iterable, 'a' is iterable, 5 is iterable, {} is iterable, none is iterable, (l | map('string')) is iterable, range(3) is iterable, range is iterable",
        "{} is mapping, [] is mapping, 'a' is mapping, [] is sequence, 'x' is sequence, {} is sequence, 5 is sequence, (1,) is sequence, range(3) is sequence, (l | map('string')) is sequence, d.keys() is sequence, none is sequence, d.items() is iterable",
        "none is none, 0 is none, none is not none, '' is none, nope is defined, nope is not defined, d is defined, d.a is defined, d.zz is defined, d.zz is undefined, d['a'] is defined, users[0].name is defined",
        "1 is odd, 2 is odd, 2 is even, 6 is divisibleby 3, 7 is divisibleby(3), -1 is odd, 2.0 is even, 0 is even, 1.5 is odd",
        "'abc' is lower, 'aBc' is lower, 'ABC' is upper, '1' is upper, 'a1' is lower, 5 is lower",
        "1 is sameas 1, none is sameas none, true is sameas true, 1 is sameas true, l is sameas l, false is sameas false, [] is sameas [], 'a' is sameas 'a', 1.0 is sameas 1",
        "'a' is in ['a'], 'a' is in 'abc', 1 is in l, 'a' is not in ['b'], 3 is gt 2, 3 is ge 3, 1 is lt 2, 1 is le 1, 1 is eq 1, 1 is ne 2, 1 is equalto 1.0, 3 is greaterthan 2, 1 is lessthan 2, 1 is eq(1), 'x' is eq 'x'",
        "range is callable, 5 is callable, s.upper is callable, d is callable, [] is callable, joiner() is callable, dict is callable",
        "'upper' is filter, 'nosuch' is filter, 'odd' is test, 'nosuch' is test, 'd' is filter",
        "1 is not string and 'a' is string, not (1 is string), (1 is string) or true, 'x' if 1 is number else 'y', 1 is number and 2 is number, [1, 'a'] | select('number') | list",
        "n is divisibleby 7 and n is even, s is string and s is not mapping, d.a is number, tree.pkgs is mapping and tree.list is iterable, tree.pkgs is not string",
        "(1, 2) is iterable, (1, 2) is mapping, 1 is string, ('a' ~ 1) is string, tree.nope is defined and tree.nope.x is defined",
    )),
    ("test errors", LOOSE, each("'a' is odd", "none is even", "5 is divisibleby 0", "1 is lt 'a'", "1 is in 5", "1 is divisibleby", "1 is eq", "1 is defined(1)", "1 is gt none")),
]
