/** Every address of the store. */
import { apiDocs, healthz, openapiView, readyz, serveMedia } from 'nuages'
import { createPath, defineConverter } from 'nuages/urls'
import { ChooseLanguage } from './language.ts'
import './schema-words.ts'
import { StaticFile } from './static.ts'
import { changePassword, LogIn, LogOut, profile, Register } from './views/account-pages.ts'
import { UserAvatar } from './views/avatar-api.ts'
import { avatar } from './views/avatar-pages.ts'
import { CartAdd, CartClear, CartPage, CartRemove, CartUpdate } from './views/cart-pages.ts'
import { DeviceDetail, DeviceList, OtherDevices } from './views/device-api.ts'
import { devices, logOutEverywhere, revokeDevice, revokeOtherDevices } from './views/device-pages.ts'
import { ConfirmEmail, email, mailAgain } from './views/email-pages.ts'
import { ForgotPassword, MailSent, ResetPassword } from './views/password-pages.ts'
import { Products } from './views/product-api.ts'
import { Cart, CartLine, History, Picture } from './views/shop-api.ts'
import { Catalogue, CloseAd, ProductPage } from './views/shop-pages.ts'
import { staffAddProduct, staffDeleteProduct, staffEditProduct, staffProducts } from './views/staff-pages.ts'
import { LoginSession, UserDetail, UserList } from './views/user-api.ts'

const md5 = defineConverter({ pattern: '[0-9a-f]{32}', parse: text => text, format: text => text })
const path = createPath({ md5 })

export const urls = [
  path('', Catalogue.asView(), { name: 'catalogue' }),
  path('product/<slug:slug>/', ProductPage.asView(), { name: 'product' }),
  path('user/', profile, { name: 'profile' }),
  path('user/register/', Register.asView(), { name: 'register' }),
  path('user/login/', LogIn.asView(), { name: 'login' }),
  path('user/logout/', LogOut.asView(), { name: 'logout' }),
  path('user/password/', changePassword, { name: 'password' }),
  path('user/password/forgot/', ForgotPassword.asView(), { name: 'forgot-password' }),
  path('user/password/sent/', MailSent.asView()),
  path('user/password/reset/<str:uid>/<str:token>/', ResetPassword.asView(), { name: 'reset-password' }),
  path('user/email/', email, { name: 'email' }),
  path('user/email/verify/', mailAgain),
  path('user/email/verify/<str:uid>/<str:token>/', ConfirmEmail.asView(), { name: 'confirm-email' }),
  path('user/avatar/', avatar, { name: 'avatar' }),
  path('user/devices/', devices, { name: 'devices' }),
  path('user/devices/revoke-others/', revokeOtherDevices),
  path('user/devices/log-out-everywhere/', logOutEverywhere),
  path('user/devices/<str:id>/revoke/', revokeDevice),
  path('cart/', CartPage.asView(), { name: 'cart' }),
  path('cart/add/', CartAdd.asView()),
  path('cart/update/', CartUpdate.asView()),
  path('cart/remove/', CartRemove.asView()),
  path('cart/clear/', CartClear.asView()),
  path('ad/close/', CloseAd.asView()),
  path('language/', ChooseLanguage.asView()),
  path('staff/products/', staffProducts, { name: 'staff-products' }),
  path('staff/add-product/', staffAddProduct),
  path('staff/product/<slug:slug>/', staffEditProduct, { name: 'staff-product' }),
  path('staff/product/<slug:slug>/delete/', staffDeleteProduct),
  path('static/<str:name>', StaticFile.asView()),
  path('media/<path:name>', serveMedia),
  path('api/backend/user/', UserList.asView(), { name: 'user-list' }),
  path('api/backend/user/<int:id>/', UserDetail.asView(), { name: 'user-detail' }),
  path('api/backend/user/<int:id>/avatar/', UserAvatar.asView(), { name: 'user-avatar' }),
  path('api/backend/session/', LoginSession.asView(), { name: 'session' }),
  path('api/backend/device/', DeviceList.asView(), { name: 'device-list' }),
  path('api/backend/device/revoke-others/', OtherDevices.asView()),
  path('api/backend/device/<str:id>/', DeviceDetail.asView(), { name: 'device-detail' }),
  path('api/shop/product/', Products.asResource('<slug:slug>', { name: 'product' })),
  path('api/shop/picture/<md5:digest>/', Picture.asView(), { name: 'picture' }),
  path('api/shop/cart/', Cart.asView(), { name: 'cart-api' }),
  path('api/shop/cart/<str:sku>/', CartLine.asView(), { name: 'cart-line' }),
  path('api/shop/history/', History.asView(), { name: 'history' }),
  path('api/openapi.json', openapiView()),
  path('api/docs/', apiDocs({ title: 'Nuages, the shop' })),
  path('healthz', healthz),
  path('readyz', readyz),
]
