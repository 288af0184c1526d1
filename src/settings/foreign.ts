/** Settings of Django that Nuages does not read, and what to do instead: for who carries a settings file over. */
export const foreignSettings: Readonly<Record<string, string>> = {
  AUTH_USER_MODEL: "Leave it out: accounts are those of Django's auth_user.",
  AUTHENTICATION_BACKENDS: "Leave it out: logins are those of Django's ModelBackend.",
  BASE_DIR: 'Leave it out: paths are relative to the working directory.',
  CSRF_COOKIE_MASKED: 'Leave it out: the cookie holds the bare secret, which every Django reads.',
  DATABASES: "Write it as one URL: DATABASE_URL: 'postgres://user:password@host:5432/name'.",
  DEFAULT_AUTO_FIELD: 'Leave it out: your migrations say which type an id has.',
  INSTALLED_APPS: 'Leave it out: import what you use.',
  LANGUAGE_CODE: 'Leave it out: Nuages speaks English.',
  MIDDLEWARE: 'Leave it out: sessions, logins, CSRF and security headers are always on; give yours to createApp.',
  ROOT_URLCONF: 'Leave it out: give the urls to createApp.',
  SECURE_BROWSER_XSS_FILTER: 'Leave it out: no browser has the filter any more.',
  STATIC_URL: 'Leave it out: serve files with the server in front, or with views of your own.',
  TEMPLATES: 'Leave it out: a view returns its page as text.',
  USE_I18N: 'Leave it out: Nuages speaks English.',
  USE_L10N: 'Leave it out: Nuages speaks English.',
  WSGI_APPLICATION: 'Leave it out: Nuages is the server.',
}
