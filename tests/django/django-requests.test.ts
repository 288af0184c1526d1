/** The other half: requests and sessions. */
import './engines.ts'
import './forms.ts'
import './messages.ts'
import './python-engine.ts'
import './session-data.ts'
