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

  it('are read once for as long as a value stands', () => {
    let reads = 0;
    const parse = (text: string) => {
      reads += 1;
      return { text };
    };
    const headers = some();
    const read = () => headers.read('Via', parse)?.text;
    const first = headers.read('v', parse);
    expect(headers.prepend('Route', 'r').append('Via', 'last').remove('X-Own').read('Via', parse)).toBe(
      first,
    );
    expect(headers.read('To', parse)?.text).toBe('bob');
    expect(headers.read('Via', (text) => text.length)).toBe(3);
    expect(reads).toBe(2);
    expect([headers.prepend('Via', 'top'), read()].at(1)).toBe('top');
    expect([headers.set('Via', 'new'), read()].at(1)).toBe('new');
    expect([headers.removeFirst('Via').append('Via', 'other'), read()].at(1)).toBe('other');
    expect([headers.remove('Via'), read()].at(1)).toBeUndefined();
  });

  it('are read again when that failed', () => {
    const headers = some();
    const fail = (): never => {
      throw new Error('no');
    };
    for (let count = 0; count < 2; count++) expect(() => headers.read('Via', fail)).toThrow('no');
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
