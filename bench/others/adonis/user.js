/** The model of a user: what decorators say in TypeScript. */
import { BaseModel } from '@adonisjs/lucid/orm'

export default class User extends BaseModel {
  static table = 'users'
}

User.boot()
User.$addColumn('id', { isPrimary: true })
for (const column of ['username', 'password', 'isActive']) User.$addColumn(column, {})
