import { describe, expect, it } from 'vitest';
import { SipHeaders } from './message-headers.js';

function some(): SipHeaders {
  return new SipHeaders().append('v', 'one').append('X-Own', 'x').append('VIA', 'two').append('to', 'bob');
}

describe('headers', () => {
  it('compare names in any case and compact form, and show the usual spelling', () => {
    const headers = some();
    expect(headers.get('Via')).toBe('one');
    expect(headers.getAll('V')).toEqual(['one', 'two']);
    expect(headers.has('x-own')).toBe(true);
    expect(headers.get('T')).toBe('bob');
    expect(headers.count('via')).toBe(2);
    expect([...headers].map(([name]) => name)).toEqual(['Via', 'X-Own', 'Via', 'To']);
  });

  it('know nothing of names that only look like others', () => {
    expect(some().get('constructor')).toBeUndefined();
    expect(some().getAll('V%69a')).toEqual([]);
  });

  it('set leaves one value in the place of the first', () => {
    expect([...some().set('Via', 'new').set('Call-ID', 'c')]).toEqual([
      ['Via', 'new'],
      ['X-Own', 'x'],
      ['To', 'bob'],
      ['Call-ID', 'c'],
    ]);
  });

  it('prepend, remove and removeFirst keep the order of the rest', () => {
    expect(some().prepend('Via', 'zero').getAll('Via')).toEqual(['zero', 'one', 'two']);
    expect(some().removeFirst('Via').getAll('Via')).toEqual(['two']);
    expect(some().remove('Via').size).toBe(2);
    expect(some().removeFirst('Route').remove('Route').size).toBe(4);
  });
});
