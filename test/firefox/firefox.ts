import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Where Debian puts it; another place with TRPO_FIREFOX. */
const FIREFOX = process.env.TRPO_FIREFOX ?? '/usr/bin/firefox-esr';

/** Nothing of its own on the network, and no page but the one asked for. */
const PREFERENCES = {
  'app.normandy.enabled': false,
  'app.update.enabled': false,
  'browser.aboutwelcome.enabled': false,
  'browser.safebrowsing.malware.enabled': false,
  'browser.safebrowsing.phishing.enabled': false,
  'browser.shell.checkDefaultBrowser': false,
  'browser.startup.homepage_override.mstone': 'ignore',
  'datareporting.policy.dataSubmissionEnabled': false,
  'extensions.update.enabled': false,
  'network.captive-portal-service.enabled': false,
  'network.connectivity-service.enabled': false,
  'services.settings.server': 'http://127.0.0.1:9',
  'toolkit.telemetry.enabled': false,
};

/** Shows a page in a Firefox of its own, without a window, until `done` settles. */
export async function withFirefox<Result>(url: string, done: Promise<Result>): Promise<Result> {
  const profile = mkdtempSync(join(tmpdir(), 'wasm-trpo-firefox-'));
  const lines = Object.entries(PREFERENCES).map(
    ([name, value]) => `user_pref("${name}", ${JSON.stringify(value)});`,
  );
  writeFileSync(join(profile, 'user.js'), `${lines.join('\n')}\n`);
  const firefox = spawn(FIREFOX, ['--headless', '--no-remote', '--profile', profile, url], {
    stdio: 'ignore',
  });
  const closed = once(firefox, 'close');
  const ended = closed.then(([code]): never => {
    throw new Error(`${FIREFOX} ended with code ${code} before the page was done`);
  });
  try {
    return await Promise.race([done, ended]);
  } finally {
    firefox.kill();
    await closed.catch(() => {});
    rmSync(profile, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
  }
}
