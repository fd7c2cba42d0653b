"""Methods of Python's types, and both ways to format."""

LOOSE = {"error_ok": True, "words": False}
ERR = {"error_ok": True}


def each(*expressions):
    return ["{{ %s }}" % expression for expression in expressions]


CASES = [
    ("text methods", {}, each(
        "s.upper(), s.lower(), s.title(), s.capitalize(), 'aBc'.swapcase(), 'Straße'.casefold(), 'ß'.upper(), \"it's x-y 3a\".title()",
        "' x '.strip() ~ '|' ~ ' x '.lstrip() ~ '|' ~ ' x '.rstrip(), 'xxaxx'.strip('x'), 'abcba'.lstrip('ab'), 'a.b..'.rstrip('.'), '\\t\\n a \\r'.strip()",
        "'a,b,c'.split(','), 'a,b,c'.split(',', 1), 'a b  c'.split(), 'a b  c'.split(' '), ''.split(), ''.split(','), 'a,b,c'.rsplit(',', 1), ' a b '.split(none, 1), ' a b c '.rsplit(none, 1), 'abc'.split('x')",
        "'a,b,c'.split(',', 0), 'a  b c'.split(maxsplit=1), 'aXXbXXc'.split('XX'), 'a,b'.split(sep=','), 'a,b,,c'.split(','), 'a,b,c'.rsplit(',')",
        "'a\\nb\\r\\nc\\n'.splitlines(), 'a\\nb'.splitlines(true), ''.splitlines(), 'a\\n\\nb'.splitlines(), '\\n'.splitlines()",
        "','.join(['a', 'b']), ''.join(('x', 'y')), '-'.join('abc'), ', '.join({'a': 1, 'b': 2}), ','.join([])",
        "s.startswith('he'), s.endswith('ld'), s.startswith(('x', 'h')), s.endswith(('q',)), s.startswith(''), s.startswith('wor', 6), s.endswith('o', 0, 5), ''.startswith('a')",
        "s.replace('o', '0'), s.replace('o', '0', 1), s.replace('', '-'), s.replace('zz', 'y'), 'aaa'.replace('aa', 'b'), 'abc'.replace('b', '')",
        "s.find('o'), s.rfind('o'), s.find('zz'), s.index('w'), s.rindex('l'), s.find('o', 5), s.find('o', 5, 6), s.find(''), 'äöü'.find('ü'), s.find('h', -3)",
        "s.count('o'), s.count('zz'), s.count(''), 'aaaa'.count('aa'), s.count('o', 5)",
        "'ab'.center(6), 'ab'.center(7, '*'), 'abc'.center(6, '-'), 'ab'.ljust(5) ~ '|', 'ab'.rjust(5), 'ab'.rjust(5, '0'), 'abc'.center(2), 'a'.center(4, '.'), ''.center(3, 'x')",
        "'42'.zfill(5), '-42'.zfill(5), '+1'.zfill(4), 'abc'.zfill(2), ''.zfill(2), '--1'.zfill(5)",
        "'a=b=c'.partition('='), 'a=b=c'.rpartition('='), 'abc'.partition('x'), 'abc'.rpartition('x')",
        "'prefix-x'.removeprefix('prefix-'), 'x.conf'.removesuffix('.conf'), 'x'.removeprefix('y')",
        "'abc'.isalpha(), 'ab1'.isalpha(), '123'.isdigit(), '1.5'.isdigit(), ''.isdigit(), 'ab1'.isalnum(), ' \\t'.isspace(), 'abc'.islower(), 'ABC'.isupper(), 'Abc Def'.istitle(), 'abc'.isupper(), '1a'.islower(), '12'.islower(), 'x1'.isidentifier(), '1x'.isidentifier(), '5'.isnumeric(), '5'.isdecimal(), 'é'.isascii()",
        "'a\\tb'.expandtabs(4), 'a\\tb'.expandtabs(), '\\t'.expandtabs(2) ~ '|', 'ab\\ncd\\te'.expandtabs(4)",
        "'abc'.encode(), 'é'.encode('utf-8'), 'abc'.encode().decode()",
        "'%s' | format('x'), 'a'.upper().lower().title()",
        "'Hello'.lower() in ['hello'], 'x'.__len__ is defined",
        "'{a}'.format_map({'a': 1}), 'a-b_c'.replace('-', '_').split('_')",
    )),
    ("list methods", {}, [
        "{% set x = [1] %}{% do x.append(2) %}{% do x.extend([3, 4]) %}{% do x.insert(0, 0) %}{{ x }} {{ x.pop() }} {{ x.pop(0) }} {{ x }} {% do x.remove(2) %}{{ x }}",
        "{% set x = [3, 1, 2] %}{% do x.sort() %}{{ x }}{% do x.sort(reverse=true) %}{{ x }}{% do x.reverse() %}{{ x }}{{ x.index(3) }}{{ x.count(1) }}",
        "{% set x = ['b', 'A', 'c'] %}{% do x.sort() %}{{ x }} {{ x.append('z') }} {{ x }}",
        "{% set x = [1, 2] %}{% set y = x %}{% set z = x.copy() %}{% do y.append(3) %}{{ x }} {{ y }} {{ z }} {{ x is sameas y }} {{ x is sameas z }} {{ x[:] is sameas x }}",
        "{% set x = [1, 2] %}{% do x.extend(x) %}{{ x }}{% do x.extend('ab') %}{% do x.extend({'k': 1}) %}{{ x }}{% do x.clear() %}{{ x }}",
        "{% set x = [1] %}{% do x.append(x) %}{{ x }} {{ x[1][1][0] }}", "{% set x = [1, 2, 3, 4] %}{{ x.insert(-1, 9) }}{{ x }}{% do x.insert(99, 8) %}{% do x.insert(-99, 7) %}{{ x }}{{ x.pop(-2) }}",
        "{{ (1, 2, 1).count(1) }} {{ (1, 2, 1).index(2) }} {{ [1, 2, 1].index(1, 1) }}", "{{ [1, 2].append(3) }}", "{{ [[1, 2], [3]] | sum(start=[]) }} {{ l.index(1) }}",
    ]),
    ("dict methods", {}, [
        "{% set x = {'a': 1} %}{% do x.update({'b': 2}) %}{% do x.update(c=3) %}{% do x.update([('d', 4)]) %}{% do x.update({'a': 9}, e=5) %}{{ x }}",
        "{% set x = {'a': 1, 'b': 2} %}{{ x.pop('a') }} {{ x.pop('z', 'dflt') }} {{ x }} {{ x.setdefault('q', []) }}{% do x.q.append(1) %}{% do x.setdefault('q', 5) %}{{ x }} {{ x.setdefault('n') }} {{ x.popitem() }} {{ x }}",
        "{% set x = {'a': {'b': 1}} %}{% set y = x.copy() %}{% do y.a.update({'c': 2}) %}{% do y.update({'z': 0}) %}{{ x }} {{ y }}{% do x.clear() %}{{ x }}",
        "{% set x = {} %}{% set k = x.keys() %}{% do x.update({'a': 1}) %}{{ k }} {{ k | length }} {{ k | list }} {{ 'a' in k }}",
        "{{ {}.fromkeys(['a', 'b'], 0) }} {{ dict.fromkeys(['a']) if dict.fromkeys is defined else 'none' }}" if False else "{{ {}.fromkeys(['a', 'b'], 0) }} {{ {}.fromkeys('ab') }}",
        "{% for k, v in d.items() %}{{ k }}={{ v }};{% endfor %}{% for k in d %}{{ k }}{% endfor %}{% for v in d.values() %}{{ v }}{% endfor %}{% for k in d.keys() %}{{ k }}{% endfor %}",
        "{{ d.get('a', 'x') }} {{ d.get('zz') }} {{ d.get('zz', {}).get('y', 'deep') }} {{ d.get(1) }} {{ (d.items() | list)[0] }} {{ d | length }}",
        "{% set x = {1: 'a', '1': 'b', 1.0: 'c', true: 'd'} %}{{ x }} {{ x[1] }} {{ x['1'] }}", "{% set x = {'b': 1, 'a': 2} %}{% do x.update({'b': 3}) %}{{ x }}{% do x.pop('b') %}{% do x.update({'b': 4}) %}{{ x }}",
        "{% set x = {} %}{% do x.update({'self': x}) %}{{ x }}", "{{ dict(a=1, b=2) }} {{ dict([['x', 1]]) }} {{ dict({'a': 1}) }} {{ dict() }} {{ dict(d, z=1) }}", "{{ dict(d.items()) == d }} {{ dict(['ab', 'cd']) }}",
    ]),
    ("dict mutation", ERR, [
        "{% set x = {'a': 1} %}{% for k in x %}{% do x.update({k ~ 'z': 1}) %}{% endfor %}", "{% set x = {'a': 1, 'b': 2} %}{% for k in x.keys() | list %}{% do x.pop(k) %}{% endfor %}{{ x }}",
        "{% set x = [1, 2, 3] %}{% for i in x %}{% if i < 3 and x | length < 6 %}{% do x.append(i + 2) %}{% endif %}{{ i }} {% endfor %}",
        "{% set x = {'a': 1} %}{% for k, v in x.items() %}{% do x.update({k: 5}) %}{% endfor %}{{ x }}",
    ]),
    ("number methods", {}, each(
        "(2.0).is_integer(), (2.5).is_integer(), (5).bit_length(), (10).real, 1.5.real, (5).bit_count(), (3).numerator, 3.0.is_integer()",
    )),
    ("percent", {}, each(
        "'%s-%s' % ('a', 1)", "'%d' % 3.7, '%d' % true, '%i' % -3, '%u' % 5", "'%05d' % 42, '%+d' % 5, '% d' % 5, '%-5d|' % 42, '%5d' % 42, '%05d' % -42, '%+05d' % 42, '%.3d' % 7, '%8.3d' % 7",
        "'%.2f' % 2.5, '%f' % 1, '%5.1f' % 3.14159, '%-8.2f|' % 3.14159, '%08.2f' % -3.14159, '%.0f' % 2.5, '%.0f' % 3.5, '%.1f' % 0.25, '%+.1f' % 1.0",
        "'%e' % 12345.678, '%.2e' % 0.00012, '%E' % 1e10, '%g' % 0.0001, '%g' % 1e-5, '%g' % 123456789, '%g' % 100000, '%g' % 1000000, '%.3g' % 1234.5, '%G' % 1e-10, '%#g' % 1.0, '%g' % 0",
        "'%x' % 255, '%X' % 255, '%o' % 8, '%#x' % 255, '%#o' % 8, '%x' % -255, '%08x' % 255, '%#08x' % 255",
        "'%5s|%-5s|' % ('a', 'b'), '%.2s' % 'abcdef', '%5.1s|' % 'xyz', '%s' % [1, 2], '%s' % {'a': 1}, '%s' % none, '%s' % true, '%s' % 1.0, '%s' % 'é'",
        "'%(a)s/%(b)s' % {'a': 1, 'b': 'x'}, '%(n)05d' % {'n': 3}, '%(a)s' % {'a': none, 'b': 1}, '%(a)s %%' % {'a': 1}",
        "'%r' % 'q', '%r' % [\"a\"], '%a' % 'x', '%c' % 'y', '%c' % 65, '%%' % (), '%d%%' % 50, '100%% %s' % 'x'",
        "'%*d' % (5, 42), '%-*d|' % (5, 42), '%.*f' % (2, 3.14159), '%s' % ((1, 2),), '%s %s' % ('a', ('b', 'c'))",
        "'%s' % ('one',), 'none' % (), 'x' % [], 'x' % {}, '%ld' % 5, '%hd' % 3",
        "'%s' | format('f'), '%s %s' | format(1, 'two'), '%(x)s' | format(x=5), '%.1f' | format(1.25), '%s' | format(none), '%s' | format([1])",
        "'%d' % 12345678901234567890, '%x' % 12345678901234567890",
    )),
    ("percent errors", ERR, each(
        "'%s %s' % 'a'", "'%s' % ('a', 'b')", "'%d' % 'a'", "'%d' % none", "'%x' % 1.5", "'%f' % 'a'", "'%(a)s' % 1", "'%(a)s' % {'b': 1}", "'%y' % 1", "'%' % 1", "'abc' % 1", "'%c' % 'ab'", "'%d' % [1]", "'%(a' % {}", "'%s' | format('a', 'b')", "'%.2f' % none",
    )),
    ("braces", {}, each(
        "'{} {}'.format('a', 1), '{1} {0}'.format('a', 'b'), '{x}-{y}'.format(x=1, y=2), '{{}}'.format(), '{0}{0}'.format('z'), 'plain'.format(1)",
        "'{:>5}|{:<5}|{:^5}|'.format('a', 'b', 'c'), '{:*^9}'.format('mid'), '{:5}|'.format('a'), '{:5}|'.format(1), '{:.2}'.format('abc'), '{:>6.2}'.format('abc')",
        "'{:05d}'.format(42), '{:+d} {: d} {:-d}'.format(1, 2, 3), '{:,}'.format(1234567), '{:_}'.format(1234567), '{:08,}'.format(1234), '{:x} {:X} {:o} {:b} {:#x} {:#b} {:c}'.format(255, 255, 8, 5, 255, 5, 65), '{:d}'.format(true), '{:=+6d}'.format(42), '{:06}'.format(-42), '{:<06}'.format(42)",
        "'{:.2f}'.format(3.14159), '{:10.3f}|'.format(2.5), '{:e}'.format(12345.6789), '{:.1e}'.format(0), '{:g}'.format(1e20), '{:g}'.format(0.1), '{:.3}'.format(1234.5), '{:.3}'.format(0.00012345), '{:%}'.format(0.256), '{:.1%}'.format(0.2567), '{:,.2f}'.format(1234567.891), '{:010.2f}'.format(-3.14159), '{:f}'.format(1), '{:+.1f}'.format(2.0), '{}'.format(1.0), '{:n}'.format(5), '{:.0f}'.format(0.5), '{:.10}'.format(1.0), '{:5}|'.format(1.5), '{:.2}'.format(1e10), '{:.5}'.format(12345.0), '{:.4}'.format(12345.0)",
        "'{0[0]} {1[k]} {0[1][0]}'.format([9, [8]], {'k': 'v'}), '{a.name}'.format(a=users[0]), '{0.b}'.format(d), '{d[a]}'.format(d=d), '{0[name]}'.format(users[1])",
        "'{!r} {!s} {!r:>5}'.format('x', 'y', 'z'), '{0!r}'.format([1]), '{x!r}'.format(x=none)",
        "'{:{}}'.format('a', 5) ~ '|', '{:{w}.{p}f}'.format(3.14159, w=8, p=2), '{:{fill}^{w}}'.format('x', fill='-', w=5)",
        "'{}'.format(none), '{}'.format([1, 'a']), '{}'.format({'a': 1}), '{}'.format(true), '{:>6}'.format('é'), '{:s}'.format('q')",
        "'{:}'.format(5), '{0:}'.format('x'), '{:<}'.format('a'), '{:-^5}'.format(7), '{:0>3}'.format(7), '{:}}'.format(1) if false else 'x'",
        "'{:_x} {:_b} {:#010x} {:^10d}|'.format(65535, 255, 255, 42), '{:,}'.format(-1234567.5), '{:,}'.format(0)",
        "'{a}{b}'.format(**{'a': 1, 'b': 2}), '{}:{}'.format(*['h', 80]), '/srv/{0}/{1}.conf'.format('a', 'b')",
    )),
    ("braces errors", LOOSE, each(
        "'{}'.format()", "'{x}'.format(1)", "'{0} {}'.format(1, 2)", "'{} {0}'.format(1, 2)", "'{'.format(1)", "'}'.format(1)", "'{:d}'.format('a')", "'{:s}'.format(1)", "'{:.2d}'.format(1)", "'{:z}'.format(1)", "'{:>5}'.format(none)", "'{:>5}'.format([1])",
        "'{0[a}'.format({})", "'{!x}'.format(1)", "'{:=5}'.format('a')", "'{:,}'.format('a')", "'{5}'.format(1)", "'{0[zz]}'.format(d)", "'{0.zz}'.format(d)", "'{:+}'.format('a')", "'{a'.format(a=1)", "'{:.}'.format(1.0)",
    )),
    ("repr", {}, each(
        "[1.0, 1e16, -0.0, none, true, 'é', '☃', '\\x7f', '\\xa0']", "[{'a': (1,)}, ((), [])]", "{'k': \"it's\", 'q': 'say \"hi\"', 'b': \"both ' and \\\"\"}", "d.items(), d.keys()", "range(3), range(1, 9, 2)", "['a\\\\b', '\\r\\n']",
        "joiner, cycler if false else 1" if False else "[range(2)]", "['\\u200b', '\\ufeff', '\\U0001f600', '\\u0301x', '\\xad']",
    )),
]
