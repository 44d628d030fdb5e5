/** Addresses of remote images that carry data out when they are drawn. */

/** A value of this length is no option of a badge. */
const VALUE_UNITS_MIN = 24;
const NAMES =
  /^(?:data|d|q|secrets?|leak|exfil\w*|content|contents|body|msg|message|conversation|chat|history|prompt|payload|dump|env|password|passwd|pwd|cookie|cookies|context|summary|info|text|stolen|log|logs|creds?|credentials?|key|keys|apikey|api_key|user|email)$/i;
const PLACEHOLDER = /[{}<>$]|%7b|%3c|\[[a-z_ ]{2,}|\b(?:INSERT|REPLACE|YOUR|BASE64|ENCODED|SECRET|DATA)(?:_|\b)/i;

const REMOTE = /^<?(?:https?:)?\/\//i;

function carries(pair: string): boolean {
  const split = pair.indexOf('=');
  const name = split < 0 ? '' : pair.slice(0, split);
  const value = pair.slice(split + 1);
  return (
    PLACEHOLDER.test(value) ||
    (NAMES.test(name) && value !== '') ||
    (value.length >= VALUE_UNITS_MIN && /^[A-Za-z0-9+/=_%-]+$/.test(value) && !/[-_][a-z]+[-_]/.test(value))
  );
}

/** Whether drawing the image at `address` would send data: a remote address with a query that is more than an option. */
export function carriesData(address: string): boolean {
  if (!REMOTE.test(address)) return false;
  const query = address.indexOf('?');
  if (query < 0) return false;
  return address
    .slice(query + 1)
    .split(/[&#]/, 16)
    .some(carries);
}
