// A provider of OpenID Connect that answers as GitLab does: its paths, its claims where GitLab puts them, its API.
// The first line it prints is its address. A test changes what it says by `POST /control`, and each lie is told once by name.
import { createRequire } from 'node:module';
import http from 'node:http';
import path from 'node:path';
import crypto from 'node:crypto';

// The packages lie where the test has installed them.
const from = createRequire(path.join(process.env.OIDC_PACKAGES, 'package.json'));
const { Provider } = await import(from.resolve('oidc-provider'));
const jose = await import(createRequire(from.resolve('oidc-provider')).resolve('jose'));

const server = http.createServer();
await new Promise((ready) => server.listen(0, '127.0.0.1', ready));
const issuer = `http://127.0.0.1:${server.address().port}`;

const people = {
  7: { username: 'anna', name: 'Anna Müller', groups: { 'acme/ops': [101, 30] }, projects: { 'acme/shop': [501, 40] } },
  8: { username: 'bert', name: 'Bert', groups: {}, projects: { 'acme/shop': [501, 20] } },
  9: { username: 'carl', name: 'Carl', groups: {}, projects: {} },
};
let mode = {};

const key = async (kid) => {
  const { privateKey } = await jose.generateKeyPair('RS256', { extractable: true });
  return { ...(await jose.exportJWK(privateKey)), kid, alg: 'RS256', use: 'sig' };
};
const own = await key('k1');
const others = await key('k1');

const claimsOf = (id, use) => {
  const person = people[id];
  const paths = Object.entries(person.groups);
  const all = { sub: id, sub_legacy: `old-${id}`, email: `${person.username}@example.com`, email_verified: true };
  if (use === 'id_token') return { ...all, groups_direct: paths.map(([at]) => at) };
  const at = (least) => paths.filter(([, [, level]]) => level >= least).map(([name]) => name);
  return {
    ...all, name: person.name, nickname: person.username, preferred_username: person.username, groups: paths.map(([name]) => name),
    'https://gitlab.org/claims/groups/owner': at(50), 'https://gitlab.org/claims/groups/maintainer': at(40), 'https://gitlab.org/claims/groups/developer': at(30),
  };
};

const provider = new Provider(issuer, {
  clients: ['sylvite', 'other'].map((id) => ({
    client_id: id, client_secret: `secret of ${id}`, grant_types: ['authorization_code', 'refresh_token'], response_types: ['code'],
    redirect_uris: ['http://127.0.0.1/auth/gitlab/callback'],
  })),
  routes: {
    authorization: '/oauth/authorize', token: '/oauth/token', userinfo: '/oauth/userinfo', jwks: '/oauth/discovery/keys',
    revocation: '/oauth/revoke', introspection: '/oauth/introspect',
  },
  scopes: ['openid', 'profile', 'email', 'read_api'],
  claims: {
    openid: ['sub', 'sub_legacy', 'groups_direct'], email: ['email', 'email_verified'],
    profile: ['name', 'nickname', 'preferred_username', 'groups', 'https://gitlab.org/claims/groups/owner',
      'https://gitlab.org/claims/groups/maintainer', 'https://gitlab.org/claims/groups/developer'],
  },
  findAccount: (_, id) => (people[id] && !people[id].blocked ? { accountId: id, claims: (use) => claimsOf(id, use) } : undefined),
  features: { devInteractions: { enabled: true }, revocation: { enabled: true }, introspection: { enabled: true } },
  pkce: { required: () => true },
  issueRefreshToken: async () => true,
  rotateRefreshToken: true,
  jwks: { keys: [own] },
  cookies: { keys: ['for tests alone'] },
  ttl: { AccessToken: 7200, RefreshToken: 86400, Grant: 86400, Session: 86400, Interaction: 600, IdToken: 120 },
  // A trusted application: GitLab shows no consent for one.
  loadExistingGrant: async (ctx) => {
    const grant = new ctx.oidc.provider.Grant({ clientId: ctx.oidc.client.clientId, accountId: ctx.oidc.session.accountId });
    grant.addOIDCScope('openid profile email read_api');
    await grant.save();
    return grant;
  },
});
// The master takes any free port.
provider.Client.prototype.redirectUriAllowed = (uri) => /^http:\/\/127\.0\.0\.1:\d+\/auth\/[a-z]+\/callback$/.test(uri);

const send = (response, status, body) => {
  response.writeHead(status, { 'Content-Type': 'application/json' });
  response.end(JSON.stringify(body));
};

const caller = async (request) => {
  const token = (request.headers.authorization ?? '').replace(/^Bearer /, '');
  if (token === 'token of the group') return { all: true };
  const found = token && (await provider.AccessToken.find(token));
  return found ? { id: found.accountId, scope: found.scope ?? '' } : undefined;
};

const api = async (request, response, url) => {
  const who = await caller(request);
  if (!who) return send(response, 401, { message: '401 Unauthorized' });
  if (who.id && (!people[who.id] || people[who.id].blocked)) return send(response, 403, { message: '403 Forbidden' });
  const at = url.pathname.replace('/api/v4', '').split('/').slice(1).map(decodeURIComponent);
  const least = Number(url.searchParams.get('min_access_level') ?? 0);
  const page = (all) => {
    const [size, number] = [Number(url.searchParams.get('per_page') ?? 20), Number(url.searchParams.get('page') ?? 1)];
    send(response, 200, all.slice((number - 1) * size, number * size));
  };
  if (at[0] === 'version') return send(response, 200, { version: '18.0.0' });
  if (at[0] === 'users') {
    const person = people[at[1]];
    return person ? send(response, 200, { id: Number(at[1]), username: person.username, state: person.blocked ? 'blocked' : 'active' }) : send(response, 404, {});
  }
  if (['groups', 'projects'].includes(at[0]) && at[2] === 'members') {
    const entries = Object.entries(people[at[4]]?.[at[0]] ?? {});
    const found = entries.find(([name, [id]]) => name === at[1] || String(id) === at[1]);
    return found ? send(response, 200, { id: Number(at[4]), access_level: found[1][1], state: 'active' }) : send(response, 404, {});
  }
  if (who.all || !who.scope.includes('read_api')) return send(response, 403, { error: 'insufficient_scope' });
  const person = people[who.id];
  if (at[0] === 'groups') {
    return page(Object.entries(person.groups).filter(([, [, level]]) => level >= least).map(([name, [id]]) => ({ id, full_path: name })));
  }
  if (at[0] === 'projects') {
    const fits = Object.entries(person.projects).filter(([, [, level]]) => level >= least);
    return page(fits.map(([name, [id, level]]) => ({ id, path_with_namespace: name, permissions: { project_access: { access_level: level }, group_access: null } })));
  }
  return send(response, 404, {});
};

// An ID token that says what it should not, or is signed by whom it should not.
const lied = async (token) => {
  const claims = jose.decodeJwt(token);
  const now = Math.floor(Date.now() / 1000);
  const over = {
    iss: { iss: 'https://evil.example' }, aud: { aud: 'other' }, nonce: { nonce: 'another' }, expired: { exp: now - 600, iat: now - 700 },
    sub: { sub: '8' },
  }[mode.lie] ?? {};
  const body = { ...claims, ...over };
  if (mode.lie === 'none') {
    const part = (value) => Buffer.from(JSON.stringify(value)).toString('base64url');
    return `${part({ alg: 'none', typ: 'JWT' })}.${part(body)}.`;
  }
  if (mode.lie === 'shared') return new jose.SignJWT(body).setProtectedHeader({ alg: 'HS256' }).sign(Buffer.from('secret of sylvite padded to 32 bytes'));
  const signer = await jose.importJWK(mode.lie === 'key' ? others : own, 'RS256');
  return new jose.SignJWT(body).setProtectedHeader({ alg: 'RS256', kid: 'k1' }).sign(signer);
};

const lying = (request, response) => {
  // The answer of the token route is held back until it is changed.
  const end = response.end.bind(response);
  const head = response.writeHead.bind(response);
  response.writeHead = (status) => { response.statusCode = status; return response; };
  response.end = (chunk) => {
    (async () => {
      const body = JSON.parse(String(chunk));
      if (body.id_token) body.id_token = await lied(body.id_token);
      const text = JSON.stringify(body);
      response.removeHeader('content-length');
      head(response.statusCode, { 'content-type': 'application/json' });
      end(text);
    })();
    return response;
  };
  provider.callback()(request, response);
};

server.on('request', async (request, response) => {
  const url = new URL(request.url, issuer);
  if (url.pathname === '/control') {
    let text = '';
    for await (const part of request) text += part;
    const { people: changed, ...rest } = JSON.parse(text);
    mode = rest;
    for (const [id, fields] of Object.entries(changed ?? {})) {
      if (fields === null) delete people[id];
      else people[id] = { groups: {}, projects: {}, ...people[id], ...fields };
    }
    return send(response, 200, {});
  }
  if (mode.down) return send(response, 502, { message: 'GitLab is not responding' });
  if (mode.dumb) return undefined;
  if (url.pathname.startsWith('/api/v4')) return api(request, response, url);
  if (mode.issuer && url.pathname === '/.well-known/openid-configuration') {
    return send(response, 200, { issuer: mode.issuer, authorization_endpoint: `${issuer}/x`, token_endpoint: `${issuer}/x`, jwks_uri: `${issuer}/x` });
  }
  if (mode.lie && url.pathname === '/oauth/token') return lying(request, response);
  return provider.callback()(request, response);
});
console.log(issuer);
