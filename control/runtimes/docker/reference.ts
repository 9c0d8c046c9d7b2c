import { ApiError } from '../../../shared/api/errors.ts';

const domain = String.raw`(?:[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?(?:\.[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?)*|\[[a-fA-F0-9:]+\])(?::\d+)?`;
const component = String.raw`[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*`;
const name = `(?:${domain}/)?${component}(?:/${component})*`;
const digest = `[a-z0-9]+(?:[+._-][a-z0-9]+)*:[0-9a-fA-F]{32,128}`;
/** The grammar of github.com/distribution/reference. */
const grammar = new RegExp(
  `^(?<name>${name})(?::(?<tag>[a-zA-Z0-9_][a-zA-Z0-9_.-]{0,127}))?(?:@(?<digest>${digest}))?$`,
);
/** Name, tag and digest at their longest. */
const lengthLimit = 512;

/** An image's name in its two parts as a registry wants them: `latest` where the caller names no version. */
export interface Reference {
  name: string;
  /** A tag or a digest. */
  version: string;
}

/** Reads the name of an image. It becomes part of a URL, so it has to be one. @throws `DOCKER::SANDBOX_IMAGE_PULL_FAILED` */
export function parseReference(uri: string): Reference {
  const found = uri.length > lengthLimit ? undefined : grammar.exec(uri)?.groups;
  if (found === undefined) {
    const shown = JSON.stringify(uri.slice(0, 100));
    throw new ApiError('DOCKER::SANDBOX_IMAGE_PULL_FAILED', `${shown} is not the name of an image`, {
      field: 'image.uri',
      expected: 'a name such as python:3.13, registry.example:5000/team/image:tag or name@sha256:…',
    });
  }
  return { name: found.name ?? '', version: found.digest ?? found.tag ?? 'latest' };
}
