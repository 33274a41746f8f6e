// A certificate authority for this machine, made once, and certificates of it for the local Live API.
import { generateKeyPair, randomBytes, X509Certificate } from 'node:crypto';
import { link, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { isIP } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import forge from 'node-forge';

export interface TlsFiles {
  /** The server's private key, PEM. */
  readonly key: string;
  /** The server's certificate, PEM. */
  readonly cert: string;
  /** The authority's certificate, which clients have to trust: for SSL_CERT_FILE and NODE_EXTRA_CA_CERTS. */
  readonly authorityFile: string;
}

const DAY_MS = 24 * 60 * 60_000;
const AUTHORITY_DAYS = 5 * 365;
/** Clients refuse leaf certificates that are valid much longer than a year. */
const SERVER_DAYS = 90;
/** An authority this close to its end is replaced. */
const RENEW_DAYS = SERVER_DAYS;
/** Clocks of containers may be a little behind. */
const BEFORE_MS = DAY_MS;
const SUBJECT = [{ name: 'commonName', value: 'Local Live API authority (this machine only)' }];

interface Authority {
  readonly key: forge.pki.rsa.PrivateKey;
  readonly cert: forge.pki.Certificate;
}

const generate = promisify(generateKeyPair);

/**
 * A certificate for the host, localhost and the loopback addresses. The authority behind it lies in `folder`: its key
 * can only be read by the user, and stays the same, so that clients have to trust it only once.
 */
export async function makeTls(folder: string, host = '127.0.0.1'): Promise<TlsFiles> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const authorityFile = join(folder, 'authority.pem');
  const authority = await openAuthority(join(folder, 'authority-key.pem'), authorityFile);
  const keys = await newKeys();
  const cert = newCertificate(keys.publicKey, SERVER_DAYS);
  cert.setSubject([{ name: 'commonName', value: 'localhost' }]);
  cert.setIssuer(authority.cert.subject.attributes);
  cert.setExtensions([
    { name: 'basicConstraints', cA: false, critical: true },
    { name: 'keyUsage', digitalSignature: true, keyEncipherment: true, critical: true },
    { name: 'extKeyUsage', serverAuth: true },
    { name: 'subjectAltName', altNames: namesOf(host) },
    { name: 'subjectKeyIdentifier' },
    { name: 'authorityKeyIdentifier', keyIdentifier: identifierOf(authority.cert) },
  ]);
  cert.sign(authority.key, forge.md.sha256.create());
  return { key: keys.pem, cert: forge.pki.certificateToPem(cert), authorityFile };
}

/** Reads the authority, or makes it; of several processes that do so at once, the first one's is used by all. */
async function openAuthority(keyFile: string, certFile: string): Promise<Authority> {
  const present = await readAuthority(keyFile, certFile);
  if (present) return present;
  const made = await newAuthority();
  // One file holds both, so that a key never meets another key's certificate.
  const both = forge.pki.privateKeyToPem(made.key) + forge.pki.certificateToPem(made.cert);
  const draft = `${keyFile}.${process.pid}.${randomBytes(4).toString('hex')}`;
  await writeFile(draft, both, { mode: 0o600, flag: 'wx' });
  try {
    await link(draft, keyFile);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  } finally {
    await rm(draft, { force: true });
  }
  const agreed = await readAuthority(keyFile, certFile);
  if (!agreed) throw new Error(`${keyFile} is not an authority that can be used: remove it and start again`);
  return agreed;
}

/** Undefined when there is none, or it is about to expire. Throws when the file is something else. */
async function readAuthority(keyFile: string, certFile: string): Promise<Authority | undefined> {
  let pem: string;
  try {
    pem = await readFile(keyFile, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
  let authority: Authority;
  let expiresMs: number;
  try {
    const [certPem = ''] = /-----BEGIN CERTIFICATE-----[\s\S]+/.exec(pem) ?? [];
    expiresMs = Date.parse(new X509Certificate(certPem).validTo);
    authority = { key: forge.pki.privateKeyFromPem(pem), cert: forge.pki.certificateFromPem(certPem) };
  } catch (error) {
    throw new Error(`${keyFile} holds no key and certificate: remove it and start again`, { cause: error });
  }
  if (expiresMs - Date.now() < RENEW_DAYS * DAY_MS) {
    await rm(keyFile, { force: true });
    return undefined;
  }
  await writeFile(certFile, forge.pki.certificateToPem(authority.cert), { mode: 0o644 });
  return authority;
}

async function newAuthority(): Promise<Authority> {
  const { privateKey, publicKey } = await newKeys();
  const cert = newCertificate(publicKey, AUTHORITY_DAYS);
  cert.setSubject(SUBJECT);
  cert.setIssuer(SUBJECT);
  cert.setExtensions([
    { name: 'basicConstraints', cA: true, pathLenConstraint: 0, critical: true },
    { name: 'keyUsage', keyCertSign: true, cRLSign: true, critical: true },
    { name: 'subjectKeyIdentifier' },
  ]);
  cert.sign(privateKey, forge.md.sha256.create());
  return { key: privateKey, cert };
}

/** Made by Node: forge takes seconds for a key. */
async function newKeys() {
  const { privateKey } = await generate('rsa', {
    modulusLength: 2048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs1', format: 'pem' },
  });
  const key = forge.pki.privateKeyFromPem(privateKey);
  return { pem: privateKey, privateKey: key, publicKey: forge.pki.setRsaPublicKey(key.n, key.e) };
}

function newCertificate(publicKey: forge.pki.rsa.PublicKey, days: number): forge.pki.Certificate {
  const cert = forge.pki.createCertificate();
  cert.publicKey = publicKey;
  // Positive, as the first bit of a serial number has to be.
  cert.serialNumber = `01${randomBytes(15).toString('hex')}`;
  cert.validity.notBefore = new Date(Date.now() - BEFORE_MS);
  cert.validity.notAfter = new Date(Date.now() + days * DAY_MS);
  return cert;
}

const identifierOf = (cert: forge.pki.Certificate) => cert.generateSubjectKeyIdentifier().getBytes();

const DNS_NAME = 2;
const IP_ADDRESS = 7;

function namesOf(host: string) {
  const names = new Set(['localhost', '127.0.0.1', '::1', host]);
  for (const any of ['0.0.0.0', '::']) names.delete(any);
  return [...names].map((name) =>
    isIP(name) === 0 ? { type: DNS_NAME, value: name } : { type: IP_ADDRESS, ip: name },
  );
}
