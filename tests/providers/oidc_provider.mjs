// A real OpenID Connect provider on loopback: npm's oidc-provider with people, clients and a sign-in page of its own.
//
// node oidc_provider.mjs '{"port": 4000, "people": {"ana": {...}}, "clients": [{...}]}'
//
// A person: {"password", "email", "email_verified", "name", "groups", "amr": [...], "acr"}. It prints "ready".
// POST /test/sign-out?person=ana ends her sessions here, and tells the clients by their back channels.

import { createServer } from 'node:http';
import { generateKeyPairSync } from 'node:crypto';

import Provider from 'oidc-provider';

const { port, people, clients, settings = {} } = JSON.parse(process.argv[2]);
const issuer = `http://127.0.0.1:${port}`;
const keyOf = (type, options, kid) => ({ ...generateKeyPairSync(type, options).privateKey.export({ format: 'jwk' }), kid, use: 'sig' });

const provider = new Provider(issuer, {
  clients,
  jwks: { keys: [keyOf('rsa', { modulusLength: 2048 }, 'rsa'), keyOf('ec', { namedCurve: 'P-256' }, 'ec')] },
  cookies: { keys: ['only for tests'] },
  scopes: ['openid', 'email', 'profile'],
  claims: { openid: ['sub', 'auth_time', 'acr', 'amr'], email: ['email', 'email_verified'], profile: ['name', 'groups'] },
  acrValues: ['mfa', 'phr'],
  enabledJWA: { idTokenSigningAlgValues: ['RS256', 'PS256', 'ES256'] },
  features: {
    devInteractions: { enabled: false },
    backchannelLogout: { enabled: true },
    rpInitiatedLogout: {
      enabled: true,
      logoutSource: (ctx, form) => {
        ctx.body = page('Sign out', `<h1>Sign out of the Campus directory?</h1>${form}
          <button type="submit" form="op.logoutForm" name="logout" value="yes">Yes, sign me out</button>`);
      },
      postLogoutSuccessSource: (ctx) => {
        ctx.body = page('Signed out', '<h1>You have signed out of the Campus directory</h1>');
      },
    },
  },
  interactions: { url: (ctx, interaction) => `/sign-in/${interaction.uid}` },
  pkce: { required: () => true },
  ttl: { Session: 3600, Interaction: 600, Grant: 3600, IdToken: 600, AccessToken: 600 },
  renderError: (ctx, out) => { ctx.body = page('Error', `<h1>${out.error}</h1><p>${out.error_description ?? ''}</p>`); },
  // The clients of the tests are on loopback, which the provider's own way of fetching refuses to reach.
  fetch: (url, { dispatcher, ...options }) => fetch(url, options),
  async findAccount(ctx, sub) {
    const { password, amr, acr, ...claims } = people[sub] ?? {};
    return people[sub] && { accountId: sub, claims: () => ({ sub, ...claims }) };
  },
  async loadExistingGrant(ctx) {
    // Nobody is asked for consent: an organisation has given it for all.
    const grant = new ctx.oidc.provider.Grant({ clientId: ctx.oidc.client.clientId, accountId: ctx.oidc.session.accountId });
    grant.addOIDCScope('openid email profile');
    await grant.save();
    return grant;
  },
  ...settings,
});

function page(title, body) {
  return `<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>${title} - Campus directory</title><style>
    body { font: 16px/1.5 sans-serif; background: #eef2ee; margin: 0; display: grid; place-items: center; min-height: 100vh }
    main { background: #fff; border-top: 4px solid #2c6e49; padding: 2rem 2.5rem; width: 22rem }
    h1 { font-size: 1.25rem } label { display: block; margin: .75rem 0 }
    input, button { font: inherit; display: block; width: 100%; box-sizing: border-box; padding: .5rem }
    button { margin-top: 1rem; background: #2c6e49; color: #fff; border: 0 }
  </style></head><body><main>${body}</main></body></html>`;
}

function form(uid, problem = '') {
  return page('Sign in', `<h1>Campus directory</h1><p role="alert">${problem}</p>
    <form method="post" action="/sign-in/${uid}">
    <label>User name <input name="login" autofocus></label>
    <label>Password <input name="password" type="password"></label>
    <button name="do" value="sign-in">Sign in</button><button name="do" value="refuse">Do not sign in</button></form>`);
}

async function bodyOf(request) {
  const chunks = [];
  for await (const chunk of request) chunks.push(chunk);
  return new URLSearchParams(Buffer.concat(chunks).toString());
}

async function signIn(request, response) {
  const { uid } = await provider.interactionDetails(request, response);
  const answer = (status, html) => response.writeHead(status, { 'content-type': 'text/html; charset=utf-8' }).end(html);
  if (request.method !== 'POST') return answer(200, form(uid));
  const sent = await bodyOf(request);
  const person = people[sent.get('login')];
  if (sent.get('do') === 'refuse') {
    return provider.interactionFinished(request, response, { error: 'access_denied', error_description: 'The person said no' });
  }
  if (!person || person.password !== sent.get('password')) return answer(401, form(uid, 'Unknown name or wrong password'));
  const { amr, acr } = person;
  return provider.interactionFinished(request, response, { login: { accountId: sent.get('login'), amr, acr } });
}

async function signOut(person, response) {
  // As an administrator of the directory does it: every client is told, without a browser.
  const told = [];
  for (const { client_id: id } of clients) {
    const client = await provider.Client.find(id);
    client.backchannelLogoutSessionRequired = false;
    told.push(client.backchannelLogout(person).then(() => 'told', (error) => error.message));
  }
  response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(await Promise.all(told)));
}

const inner = provider.callback();
createServer((request, response) => {
  const url = new URL(request.url, issuer);
  const failed = (error) => response.writeHead(500).end(`${error.stack}`);
  if (url.pathname.startsWith('/sign-in/')) signIn(request, response).catch(failed);
  else if (url.pathname === '/test/sign-out') signOut(url.searchParams.get('person'), response).catch(failed);
  else inner(request, response);
}).listen(port, '127.0.0.1', () => console.log('ready'));
