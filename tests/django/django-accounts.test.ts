/** Half of the tests of this folder, in one process, which loads Nuages once. One of them alone: `npm test -- tests/django/codecs.ts`. */
import './accounts.ts'
import './beside-django.ts'
import './codecs.ts'
import './custom-users.ts'
import './least-privilege.ts'
