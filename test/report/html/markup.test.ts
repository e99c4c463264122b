import { expect, test } from 'vitest';
import { markup } from '../../../src/report/html/markup.js';

test('text stays text, between tags and in attributes', () => {
  const evil = `</p><script>alert("1")</script>' onload='x & y`;
  expect(markup`<p title="${evil}">${evil}</p>`.text).toBe(
    '<p title="&lt;/p&gt;&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt;&#39; onload=&#39;x &amp; y">' +
    '&lt;/p&gt;&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt;&#39; onload=&#39;x &amp; y</p>',
  );
});

test('characters that act are shown', () => {
  expect(markup`<p>${'a\u202Eb\u001B[2J\u0000\n\uD800'}</p>`.text).toBe(
    '<p>a\\u{202e}b\\x1b[2J\\x00\\x0a\\u{d800}</p>',
  );
});

test('markup in markup is not escaped twice, lists are joined, what is not there is nothing', () => {
  const items = ['<', 'b'].map((item) => markup`<li>${item}</li>`);
  expect(markup`<ul>${items}</ul>${null}${false}${0}`.text).toBe('<ul><li>&lt;</li><li>b</li></ul>0');
});

test('coordinates have two digits', () => {
  expect(markup`${1 / 3} ${12} ${-0.005}`.text).toBe('0.33 12 0');
});
