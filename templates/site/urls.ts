/** Every address of this site. `npx nuages routes` lists them. */
import { path } from 'nuages'
import { LogIn, LogOut, Register } from './accounts/views.ts'
import { Home } from './home.ts'
import { StyleSheet } from './style.ts'

export const urls = [
  path('', Home.asView(), { name: 'home' }),
  path('register/', Register.asView(), { name: 'register' }),
  path('login/', LogIn.asView(), { name: 'login' }),
  path('logout/', LogOut.asView(), { name: 'logout' }),
  path('style.css', StyleSheet.asView()),
]
